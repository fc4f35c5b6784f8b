import { config } from '../../lib/config/index.ts';
import { Holdfast } from '../../lib/index.ts';
import { DynamoStore } from '../../lib/store/dynamo-store.ts';
import { TABLE } from '../common/engines.ts';

/** What a reading process is asked for. */
export interface Work {
  readonly client: object;
  readonly name: string;
  readonly pollMs: number;
}

/**
 * One process that follows a document: prints each version with the time at which it had it, until
 * it is killed. All processes of a machine share its wall clock.
 */
export async function runReader({ client, name, pollMs }: Work): Promise<void> {
  const store = new DynamoStore({ table: TABLE, client });
  const holdfast = new Holdfast({ store, requestTimeoutMs: 20_000 });
  for await (const { version } of config(holdfast, name, { pollMs }).watch()) {
    console.log(JSON.stringify([version, Date.now()]));
  }
}
