/** One server of the fleet: works, and takes over a new limit while it does. */
import { setTimeout as delay } from 'node:timers/promises';
import { Holdfast } from 'holdfast';
import { config } from 'holdfast/config';
import { machineMs } from '../main-job/clock.ts';
import {
  type Limits,
  limitsSchema,
  POLL_MS,
  REQUEST_TIMEOUT_MS,
  type ServerReport,
  type ServerSettings,
} from './limits.ts';

const WORK_EVERY_MS = 20;
const finishing = new AbortController();

// Whatever became of the main process, no server outlives it.
process.on('disconnect', () => process.exit());
process.on('message', () => finishing.abort());
// Ctrl-C reaches the whole group; the main process decides how this one ends.
process.on('SIGINT', () => undefined);
if (!process.connected) process.exit();

try {
  await serve(JSON.parse(process.argv[2] ?? '{}') as ServerSettings);
} catch (error) {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  tell({ kind: 'failed', atMs: machineMs(), message });
}
process.disconnect?.();

async function serve({ name, table, clientConfig, checked }: ServerSettings): Promise<void> {
  await using holdfast = new Holdfast({
    table,
    clientConfig,
    label: name,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  const options = { pollMs: POLL_MS, report: true } as const;
  const limits = checked
    ? config(holdfast, 'limits', { ...options, schema: limitsSchema })
    : config<Limits>(holdfast, 'limits', options);
  await limits.ready();
  const used = new Set<number>();
  const working = (async () => {
    while (!finishing.signal.aborted) {
      // The work itself: each piece takes the limit that there is now.
      used.add(limits.current.uploads);
      await delay(WORK_EVERY_MS);
    }
  })();
  for await (const event of limits.watch({ signal: finishing.signal })) {
    const { version } = event;
    const atMs = machineMs();
    if (event.type === 'rejected') {
      tell({ kind: 'rejects', atMs, version, issue: event.issues[0]?.message ?? '' });
    } else {
      tell({ kind: 'runs', atMs, version, uploads: event.value?.uploads ?? 0 });
    }
  }
  await working;
  tell({ kind: 'finished', atMs: machineMs(), used: [...used] });
}

function tell(report: ServerReport): void {
  process.send?.(report);
}
