import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { group } from '../../lib/group/index.ts';
import { Holdfast } from '../../lib/index.ts';
import { DynamoStore } from '../../lib/store/dynamo-store.ts';
import { TABLE, WIRE_ENGINES, type WireEngine, withEngine } from '../common/engines.ts';
import { atMost, type Section } from '../common/report.ts';

const LEASE_MS = 2_000;
const SWEEP_MS = 700;
const POLL_MS = 150;
const REQUEST_TIMEOUT_MS = 600;
const WATCHERS = 5;
const [ENGINE] = WIRE_ENGINES as readonly [WireEngine];

interface MemberWork {
  readonly client: object;
  readonly id: string;
}

function open(client: object, label: string): Holdfast {
  const store = new DynamoStore({ table: TABLE, client });
  return new Holdfast({ store, label, requestTimeoutMs: REQUEST_TIMEOUT_MS });
}

/** A member in a process of its own: joins, says so, and beats until it is killed. */
export async function runMember({ client, id }: MemberWork): Promise<void> {
  await group(open(client, id), 'it').join({ id, leaseMs: LEASE_MS });
  console.log('joined');
  setInterval(() => undefined, 1_000);
}

/** From SIGKILL of a process to the last watcher that is told. */
export const detection: Section = {
  name: 'detection',
  async run(scale) {
    const rounds = scale === 'quick' ? 1 : 15;
    return withEngine(ENGINE, async ({ client }) => {
      const watchers = Array.from({ length: WATCHERS }, (_, index) => open(client, `w${index}`));
      const stop = new AbortController();
      const seenMs = new Map<string, number[]>();
      for (const watcher of watchers) {
        void watch(
          group(watcher, 'it', { pollMs: POLL_MS, sweepMs: SWEEP_MS }),
          seenMs,
          stop.signal,
        );
      }
      const tookMs: number[] = [];
      for (let round = 1; round <= rounds; round += 1) {
        const id = `member-${round}`;
        const child = spawnMember({ client, id });
        await once(child.stdout, 'data');
        // Each time at another moment of the beat and of the sweep.
        await new Promise((resolve) => setTimeout(resolve, 2_500 + 97 * round));
        const killedMs = performance.now();
        child.kill('SIGKILL');
        while ((seenMs.get(id)?.length ?? 0) < WATCHERS) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        tookMs.push(Math.max(...(seenMs.get(id) ?? [])) - killedMs);
      }
      stop.abort();
      for (const watcher of watchers) await watcher.close();
      tookMs.sort((a, b) => a - b);
      const longest = Math.round(tookMs.at(-1) ?? 0);
      const median = Math.round(tookMs[Math.floor(tookMs.length / 2)] ?? 0);
      return {
        title: 'From SIGKILL to the last of five watchers that sees the member expired',
        method:
          `${rounds} processes on ${ENGINE.name}; lease ${LEASE_MS} ms, sweep ${SWEEP_MS} ms, ` +
          `poll ${POLL_MS} ms. The bound is the lease, a sweep interval and 500 ms.`,
        figures: [
          { name: 'median', value: median, unit: 'ms' },
          {
            name: 'longest',
            value: longest,
            unit: 'ms',
            target: atMost(longest, LEASE_MS + SWEEP_MS + 500),
          },
        ],
      };
    });
  },
};

async function watch(
  it: ReturnType<typeof group>,
  seenMs: Map<string, number[]>,
  signal: AbortSignal,
): Promise<void> {
  for await (const event of it.watch({ signal })) {
    if (event.type !== 'expired') continue;
    const { id } = event.member;
    seenMs.set(id, [...(seenMs.get(id) ?? []), performance.now()]);
  }
}

function spawnMember(work: MemberWork) {
  const [, program = ''] = process.argv;
  const options = { stdio: ['ignore', 'pipe', 'inherit'] as ['ignore', 'pipe', 'inherit'] };
  return spawn(process.execPath, [program, '--member', JSON.stringify(work)], options);
}
