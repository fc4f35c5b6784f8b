import { writeFileSync } from 'node:fs';
import { Holdfast } from '../../lib/index.ts';
import { ids, sequence } from '../../lib/naming/index.ts';
import { DynamoStore } from '../../lib/store/dynamo-store.ts';
import { TABLE } from '../common/engines.ts';

/** What a worker process is asked for. */
export interface Work {
  readonly kind: 'ids' | 'numbers' | 'numbers-until-killed';
  readonly client: object;
  readonly name: string;
  readonly count: number;
  /** Where it leaves what it was given, as 64-bit integers. */
  readonly file: string;
}

/** One process of a benchmark: takes ids or numbers as fast as it can. Prints how many requests. */
export async function runWorker(work: Work): Promise<void> {
  let requests = 0;
  const store = new DynamoStore({
    table: TABLE,
    client: work.client,
    onRequest: () => {
      requests += 1;
    },
  });
  const holdfast = new Holdfast({ store, requestTimeoutMs: 20_000 });
  const given = new BigInt64Array(work.count);
  if (work.kind === 'ids') {
    const maker = ids(holdfast, work.name);
    await maker.ready();
    for (let index = 0; index < work.count; index += 1) given[index] = maker.next();
  } else {
    const numbers = sequence(holdfast, work.name);
    for (let index = 0; index < work.count; index += 1) {
      given[index] = BigInt(await numbers.next());
      if (work.kind === 'numbers-until-killed' && index % 1_000 === 999) {
        console.log(String(given[index]));
      }
    }
  }
  // Closing would wait for nothing that counts here, and renewals are no requests for numbers.
  const counted = requests;
  writeFileSync(work.file, given);
  await holdfast.close();
  store.close();
  console.log(JSON.stringify({ requests: counted }));
}
