import { fanOut } from './fan-out.ts';
import { measure } from './measure.ts';
import { openOutlets } from './outlets.ts';
import { readSettings } from './settings.ts';
import type { BatchResponse, StreamEvent } from './stream-record.ts';

const settings = readSettings(process.env);
const outlets = await openOutlets(settings);

/** The Lambda function on the table's stream. */
export async function handler({ Records }: StreamEvent): Promise<BatchResponse> {
  const report = await fanOut(Records, outlets, settings);
  measure(report, Records);
  return report.response;
}
