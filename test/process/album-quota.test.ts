import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../../scripts/bundle.mjs';

/** For machines that are busy with other tests; on an idle one it takes a tenth. */
const TIMEOUT_MS = 60_000;
let main: string;

beforeAll(async () => {
  const paths = ['mover', 'main'].map((program) =>
    bundle(`examples/album-quota/${program}.ts`, { output: `album-quota/${program}.js` }),
  );
  main = (await Promise.all(paths)).at(-1) ?? '';
});

async function run(...options: readonly string[]) {
  const child = spawn(process.execPath, [main, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  const [code] = await once(child, 'close');
  return { code, output };
}

describe('the album quota', { timeout: TIMEOUT_MS }, () => {
  test('loses no megabyte and no lock when processes are killed within transactions', async () => {
    const { code, output } = await run('--quick');
    expect(code, output).toBe(0);
    expect(output.split('\n').filter((text) => text.startsWith('  held'))).toHaveLength(5);
  });

  test('refuses options that it has not got', async () => {
    const { code, output } = await run('--slow');
    expect(code).toBe(2);
    expect(output).toContain('unknown option --slow');
  });
});
