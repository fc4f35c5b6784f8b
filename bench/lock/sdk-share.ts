import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { WIRE_ENGINES, withEngine } from '../common/engines.ts';
import type { Figure, Section } from '../common/report.ts';
import { median, middleHalf } from '../common/statistics.ts';
import { BareHttp } from './bare-http.ts';
import { acquireByHand, releaseByHand } from './by-hand.ts';

const WARM_UP = 50;

/** How much of a request is the SDK's: below that, no library on top of it can get. */
export const sdkShare: Section = {
  name: 'sdk-share',
  async run(scale) {
    const figures: Figure[] = [];
    for (const engine of WIRE_ENGINES) {
      const times = await withEngine(engine, async (running) => {
        const http = new BareHttp(running);
        const sdk = new DynamoDBClient({ ...running.client, maxAttempts: 1 });
        const measured = await compare(http, sdk, scale === 'quick' ? 100 : 1_000);
        http.close();
        sdk.destroy();
        return measured;
      });
      const ratios = times.sdkMs.map((sdkMs, round) => sdkMs / (times.httpMs[round] ?? Number.NaN));
      const figure = (name: string, unit: string, values: readonly number[]): Figure => {
        const value = median(values);
        return { name: `${engine.name}: ${name}`, value, unit, spread: middleHalf(values, 2) };
      };
      figures.push(
        figure('UpdateItem by signed HTTP', 'ms', times.httpMs),
        figure('UpdateItem by the SDK', 'ms', times.sdkMs),
        figure('SDK over HTTP', 'times', ratios),
      );
    }
    return {
      title: "The SDK's own share",
      method:
        'one conditional UpdateItem by a signed POST on a kept connection and by the SDK, in turns',
      figures,
    };
  },
};

async function compare(http: BareHttp, sdk: DynamoDBClient, rounds: number) {
  const httpMs: number[] = [];
  const sdkMs: number[] = [];
  for (let round = 0; round < rounds + WARM_UP; round += 1) {
    const startMs = performance.now();
    await http.call('UpdateItem', acquireByHand(Date.now()));
    const httpEndMs = performance.now();
    await sdk.send(new UpdateItemCommand(releaseByHand()));
    // Then the other way round: taking and releasing may cost the engine differently.
    await sdk.send(new UpdateItemCommand(acquireByHand(Date.now())));
    const sdkEndMs = performance.now();
    await http.call('UpdateItem', releaseByHand());
    const endMs = performance.now();
    if (round < WARM_UP) continue;
    httpMs.push((httpEndMs - startMs + endMs - sdkEndMs) / 2);
    sdkMs.push((sdkEndMs - httpEndMs) / 2);
  }
  return { httpMs, sdkMs };
}
