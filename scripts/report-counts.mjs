/**
 * Prints "N passed, N failed" from vitest's JSON report, and fails unless tests ran and all passed.
 * "Nothing failed" proves nothing when nothing ran, so a missing report is a failure of its own.
 */
import { existsSync, readFileSync } from 'node:fs';

const [reportPath] = process.argv.slice(2);
const report = existsSync(reportPath) ? JSON.parse(readFileSync(reportPath, 'utf8')) : undefined;
if (report === undefined) console.log(`The tests left no report at ${reportPath}: none ran.`);

const passed = report?.numPassedTests ?? 0;
const failed = report?.numFailedTests ?? 0;
const brokenFiles = (report?.testResults ?? []).filter(
  (file) => file.status === 'failed' && file.assertionResults.length === 0,
);
for (const file of brokenFiles) console.log(`Did not load: ${file.name}\n${file.message}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = report?.success === true && passed > 0 && failed === 0 ? 0 : 1;
