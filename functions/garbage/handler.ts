import { systemClock } from '../../lib/core/clock.ts';
import { DynamoStore } from '../../lib/store/dynamo-store.ts';
import { measureOf } from './measure.ts';
import { readSettings } from './settings.ts';
import { type SweepReport, sweepGarbage } from './sweep.ts';
import { scanOf } from './table-scan.ts';

/** Left of an invocation for what is under way, and for the last note of how far it came. */
const RESERVE_MS = 10_000;

const { table, unitsPerSecond } = readSettings(process.env);
const world = { store: new DynamoStore({ table }), scan: scanOf(table), clock: systemClock };
const measure = measureOf(table);

/** The Lambda function that deletes garbage where DynamoDB does not. */
export async function handler(
  _event: unknown,
  context: { getRemainingTimeInMillis(): number },
): Promise<SweepReport> {
  const budgetMs = context.getRemainingTimeInMillis() - RESERVE_MS;
  const report = await sweepGarbage(world, { budgetMs, unitsPerSecond });
  measure(report);
  return report;
}
