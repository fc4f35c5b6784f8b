import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
/** For machines that are busy with other tests; on an idle one it takes a tenth. */
const TIMEOUT_MS = 60_000;
const FOLDER = resolve('.build/live-configuration');
const MAIN = `${FOLDER}/dist/examples/live-configuration/main.js`;

/** Builds as `npm run build` does, but aside: `dist/` may be in use. */
beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  // The program imports the library by its name, which the nearest package.json resolves.
  cpSync('package.json', `${FOLDER}/package.json`);
  const compiler = resolve('node_modules/typescript/bin/tsc');
  const options = ['-p', 'tsconfig.build.json', '--outDir', `${FOLDER}/dist`];
  await run(process.execPath, [compiler, ...options]).catch((failure: { stdout: string }) => {
    throw new Error(`The example does not build:\n${failure.stdout}`);
  });
}, TIMEOUT_MS);

/** Runs the scene, and sorts the claims of its verdict. */
async function play(...options: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, '--quick', ...options]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  const [code] = await once(child, 'close');
  const lines = output.split('\n').map((line) => line.trim());
  const claims = (mark: string) =>
    lines.flatMap((line) => (line.startsWith(mark) ? (line.split(/\s{2,}/)[1] ?? '') : []));
  return { code, output, held: claims('held '), broken: claims('BROKEN ') };
}

describe('the scene of live configuration', { timeout: TIMEOUT_MS }, () => {
  it.concurrent('changes a running fleet, refuses the bad and rolls out to half', async () => {
    const { code, held, broken, output } = await play();
    expect({ code, broken }, output).toEqual({ code: 0, broken: [] });
    expect(held).toEqual([
      'a change reaches every server without a restart',
      'a bad value is refused where it is published',
      'a bad version from elsewhere is rejected, and rolled back',
      'a rollout reaches half of the fleet: just those that its hash names',
      'aborted, it leaves nobody behind',
      'no server ever worked with a limit that was refused',
    ]);
  });

  it.concurrent('notices servers that take what they get', async () => {
    const { code, broken, output } = await play('--without-schema');
    expect(code, output).toBe(1);
    expect(broken, output).toEqual([
      'a bad version from elsewhere is rejected, and rolled back',
      'no server ever worked with a limit that was refused',
    ]);
  });
});
