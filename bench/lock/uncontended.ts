import {
  DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { Holdfast } from '../../lib/holdfast.ts';
import { DynamoStore } from '../../lib/store/dynamo-store.ts';
import type { ObservedRequest } from '../../lib/store/request-observer.ts';
import { type RunningWireEngine, TABLE, WIRE_ENGINES, withEngine } from '../common/engines.ts';
import { Recorder } from '../common/recorder.ts';
import { atMost, exactly, type Figure, type Section } from '../common/report.ts';
import { median, middleHalf, sum } from '../common/statistics.ts';
import { acquireByHand, releaseByHand } from './by-hand.ts';

const PAIRS_PER_RUN = 10;

export const uncontended: Section = {
  name: 'uncontended',
  async run(scale) {
    const figures: Figure[] = [];
    for (const engine of WIRE_ENGINES) {
      figures.push(
        ...(await withEngine(engine, async (running) => [
          ...(await count(engine.name, running)),
          ...(await time(engine.name, running, scale === 'quick' ? 6 : 250)),
        ])),
      );
    }
    return {
      title: 'Uncontended acquire and release',
      method:
        'requests and units counted by the store; time of ten pairs over that of ten pairs of ' +
        'bare UpdateItem of a client with the same settings, in turns, median of the ratios',
      figures,
    };
  },
};

async function count(engine: string, { client }: RunningWireEngine): Promise<Figure[]> {
  const requests: ObservedRequest[] = [];
  const onRequest = (request: ObservedRequest) => requests.push(request);
  const store = new DynamoStore({ table: TABLE, client, onRequest });
  const holdfast = new Holdfast({ store });
  // The first request of a process may need another, to learn the table's time.
  await (await holdfast.lock('first').acquire()).release();
  requests.length = 0;
  const pairs = 50;
  for (let pair = 0; pair < pairs; pair += 1) {
    await (await holdfast.lock('counted').acquire()).release();
  }
  store.close();
  const units = (isRead: boolean) =>
    sum(
      requests
        .filter(({ operation }) => (operation === 'get') === isRead)
        .map(({ capacityUnits = Number.NaN }) => capacityUnits),
    ) / pairs;
  const figure = (name: string, unit: string, value: number, expected: number): Figure => {
    return { name: `${engine}: ${name}`, value, unit, target: exactly(value, expected) };
  };
  return [
    figure('requests', 'a pair', requests.length / pairs, 2),
    figure('write units', 'a pair', units(false), 2),
    figure('read units', 'a pair', units(true), 0),
  ];
}

/** Each round times one run of each kind, so that whatever slows the machine slows all of them. */
async function time(
  engine: string,
  { client }: RunningWireEngine,
  rounds: number,
): Promise<Figure[]> {
  const recorder = new Recorder(client);
  const config = { ...client, requestHandler: recorder.handler };
  const store = new DynamoStore({ table: TABLE, client: config });
  const holdfast = new Holdfast({ store });
  const bare = new DynamoDBClient({ ...config, maxAttempts: 1 });
  const send = async (input: UpdateItemCommandInput | undefined) => {
    if (input === undefined) throw new Error('expected two requests a pair');
    await bare.send(new UpdateItemCommand(input));
  };
  const times = { holdfast: [] as number[], replayed: [] as number[], byHand: [] as number[] };
  for (let round = -Math.min(rounds, 10); round < rounds; round += 1) {
    recorder.take();
    const holdfastMs = await msPerPair(async () => {
      await (await holdfast.lock('timed').acquire()).release();
    });
    const requests = recorder.take<UpdateItemCommandInput>().slice(-2 * PAIRS_PER_RUN);
    const replay = requests.map(onAnotherRow).values();
    const replayedMs = await msPerPair(async () => {
      await send(replay.next().value);
      await send(replay.next().value);
    });
    const byHandMs = await msPerPair(async () => {
      await send(acquireByHand(Date.now()));
      await send(releaseByHand());
    });
    // The first ones warm up.
    if (round < 0) continue;
    times.holdfast.push(holdfastMs);
    times.replayed.push(replayedMs);
    times.byHand.push(byHandMs);
  }
  store.close();
  bare.destroy();
  recorder.close();
  return timeFigures(engine, times);
}

function timeFigures(
  engine: string,
  times: Readonly<Record<'holdfast' | 'replayed' | 'byHand', readonly number[]>>,
): Figure[] {
  const over = (others: readonly number[]) =>
    times.holdfast.map((timeMs, round) => timeMs / (others[round] ?? Number.NaN));
  const figure = (name: string, unit: string, values: readonly number[]): Figure => {
    return {
      name: `${engine}: ${name}`,
      value: median(values),
      unit,
      spread: middleHalf(values, 2),
    };
  };
  const ratio = figure('over the same two requests, bare', 'times', over(times.replayed));
  return [
    figure('acquire + release', 'ms', times.holdfast),
    { ...ratio, target: atMost(ratio.value, 1.15) },
    figure('over the smallest lock by hand', 'times', over(times.byHand)),
  ];
}

/** The same request, byte for byte, on a row of its own. */
function onAnotherRow(input: UpdateItemCommandInput): UpdateItemCommandInput {
  return { ...input, Key: { ...input.Key, pk: { S: 'default#lock#again' } } };
}

async function msPerPair(pair: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  for (let count = 0; count < PAIRS_PER_RUN; count += 1) await pair();
  return (performance.now() - startMs) / PAIRS_PER_RUN;
}
