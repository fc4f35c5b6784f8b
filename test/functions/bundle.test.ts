import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { FUNCTIONS } from '../../scripts/build-functions.mjs';
import { parseSource } from '../tidy/source.ts';
import { bundleOf } from './load-handler.ts';

const run = promisify(execFile);
const IN_RUNTIME = /^@aws-sdk\/client-/;
const BUNDLE_BYTES_MAX = 200 * 1024;

const environment = {
  ...process.env,
  AWS_REGION: 'us-east-1',
  HOLDFAST_EVENT_BUS_NAME: 'bus',
  HOLDFAST_TABLE: 'table',
  HOLDFAST_GUARDED_ROLLOUTS: '[]',
  HOLDFAST_GARBAGE_UNITS_PER_SECOND: '100',
  HOLDFAST_SENTINEL_QUEUE_URL: 'https://queue',
};

describe.each(FUNCTIONS)('the bundle of %s', (name) => {
  test('is small, brings nothing that the runtime has, and starts', async () => {
    const path = await bundleOf(name);
    const text = readFileSync(path, 'utf8');
    expect(text.length).toBeLessThanOrEqual(BUNDLE_BYTES_MAX);
    const imports = parseSource(path, text).imports.map(({ specifier }) => specifier);
    expect(imports.length).toBeGreaterThan(0);
    const isThere = (specifier: string) => isBuiltin(specifier) || IN_RUNTIME.test(specifier);
    expect(imports.filter((specifier) => !isThere(specifier))).toEqual([]);
    const clients = imports.filter((specifier) => !isBuiltin(specifier));
    const program = `
      const begun = performance.now();
      for (const client of ${JSON.stringify(clients)}) await import(client);
      const loaded = performance.now();
      const { handler } = await import('${pathToFileURL(path).href}');
      const [sdkMs, ownMs] = [loaded - begun, performance.now() - loaded];
      console.log(JSON.stringify([typeof handler, sdkMs, ownMs]));`;
    const child = await run(process.execPath, ['--input-type=module', '--eval', program], {
      env: environment,
    });
    const [type, sdkMs, ownMs] = JSON.parse(child.stdout.trim().split('\n').at(-1) ?? '');
    expect(type).toBe('function');
    const size = `${Math.ceil(text.length / 1_024)} KB`;
    const times = `imported in ${ownMs.toFixed()} ms, after ${sdkMs.toFixed()} ms for those`;
    console.log(`${name}: ${size} without the SDK's clients, ${times}.`);
  });

  test('says what is missing in its environment', async () => {
    const path = await bundleOf(name);
    const program = `await import('${pathToFileURL(path).href}')`;
    const child = run(process.execPath, ['--input-type=module', '--eval', program], { env: {} });
    await expect(child).rejects.toThrow(/HOLDFAST_\w+ is not set/);
  });
});
