/**
 * What functions hear of the changes: the very bundle that would be deployed follows the local
 * table's changes, behind a bridge with the semantics of Lambda, and tells an event bus.
 */
import { type ConfigChangedDetail, onConfigChanged, STREAM_FILTERS } from 'holdfast/functions';
import { type LocalTable, StreamBridge, type StreamBridgeOptions } from 'holdfast/local';
import { broken, type Check, held } from '../main-job/check.ts';
import { startBus } from './bus.ts';

const FAN_OUT = new URL('../../handlers/fanout/handler.mjs', import.meta.url);
const BUS = 'local';

export interface News extends AsyncDisposable {
  /** Whether the bus has been told of everything up to the newest version. */
  check(version: number): Promise<Check>;
}

export async function startNews(local: LocalTable, table: string): Promise<News> {
  const told: ConfigChangedDetail[] = [];
  const bus = await startBus(onConfigChanged(async (detail) => void told.push(detail)));
  // The function reads its environment when it is loaded.
  Object.assign(process.env, {
    ...{ AWS_REGION: 'local', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
    ...{ AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint, HOLDFAST_EVENT_BUS_NAME: BUS },
    ...{ POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' },
  });
  const { handler } = (await import(FAN_OUT.href)) as {
    readonly handler: StreamBridgeOptions['invoke'];
  };
  const bridge = new StreamBridge({
    source: await local.changes(table),
    invoke: handler,
    mapping: { filters: Object.values(STREAM_FILTERS), reportsItemFailures: true },
  });
  return {
    async check(version) {
      await bridge.settled();
      return judge(told, version, bridge);
    },
    async [Symbol.asyncDispose]() {
      await bridge.stop();
      await bus[Symbol.asyncDispose]();
    },
  };
}

function judge(
  told: readonly ConfigChangedDetail[],
  version: number,
  { counts: { read, invocations, discarded } }: StreamBridge,
): Check {
  const claim = 'functions hear of every change, and are called for nothing else';
  const revisions = told.map(({ revision }) => revision);
  const isInOrder = revisions.every((each, index) => each > (revisions[index - 1] ?? 0));
  const newest = Math.max(...told.map((detail) => detail.version ?? 0));
  const detail = `${invocations} calls for ${read} writes, the last told is version ${newest}`;
  // Beats, reports and versions are written too, and pass by.
  const isRight = newest === version && isInOrder && discarded === 0 && invocations < read;
  return isRight ? held(claim, detail) : broken(claim, detail);
}
