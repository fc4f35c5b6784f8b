import { config } from '../../lib/config/index.ts';
import { Holdfast } from '../../lib/index.ts';
import { MqttHints } from '../../lib/mqtt/index.ts';
import { CREDENTIALS, REGION } from '../../test/functions/mqtt-broker.ts';

/** What a watching process is asked for. */
export interface Work {
  readonly clientConfig: object;
  readonly table: string;
  readonly name: string;
  readonly broker: string;
}

const HOUR_MS = 3_600_000;

/**
 * One process that follows a document by hints alone: prints each version with the time at which it
 * had it, until it is killed. All processes of a machine share its wall clock.
 */
export async function runWatcher({ clientConfig, table, name, broker }: Work): Promise<void> {
  const awsIot = { endpoint: broker, region: REGION, credentials: async () => CREDENTIALS };
  const hints = new MqttHints({ awsIot });
  const holdfast = new Holdfast({ table, clientConfig, hints, requestTimeoutMs: 20_000 });
  for await (const { version } of config(holdfast, name, { pollMs: HOUR_MS }).watch()) {
    console.log(JSON.stringify([version, Date.now()]));
  }
}
