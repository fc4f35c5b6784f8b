/**
 * What `npm start` runs: each scene in turn, a program of its own with checks at its end. The exit
 * code is 0 only if every check of every scene held.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCENES = ['main-job', 'live-configuration', 'social-network', 'album-quota'] as const;

const [first, ...rest] = process.argv.slice(2);
process.exitCode = await choose();

/** A name of a scene runs it alone, with the options after it; options alone are the main job's. */
async function choose(): Promise<number> {
  if (first === undefined) return runAll();
  if (first.startsWith('-')) return run('main-job', [first, ...rest]);
  if (SCENES.some((scene) => scene === first)) return run(first, rest);
  process.stderr.write(`no scene '${first}'; there are ${SCENES.join(', ')}\n`);
  return 2;
}

async function runAll(): Promise<number> {
  const failed: string[] = [];
  for (const scene of SCENES) {
    if ((await run(scene, [])) !== 0) failed.push(scene);
    process.stdout.write('\n');
  }
  if (failed.length === 0) {
    process.stdout.write(`All checks of all ${SCENES.length} scenes held.\n`);
    return 0;
  }
  process.stdout.write(`Broken: ${failed.join(', ')}.\n`);
  return 1;
}

async function run(scene: string, options: readonly string[]): Promise<number> {
  const program = fileURLToPath(new URL(`./${scene}/main.js`, import.meta.url));
  const child = spawn(process.execPath, [program, ...options], { stdio: 'inherit' });
  // Ctrl-C reaches the scene by itself; this program must outlive it, to leave no one behind.
  process.once('SIGINT', () => undefined);
  const [code] = await once(child, 'close');
  return typeof code === 'number' ? code : 1;
}
