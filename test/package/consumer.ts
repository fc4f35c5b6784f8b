import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { buildFunctions } from '../../scripts/build-functions.mjs';

const run = promisify(execFile);
const TSC = resolve('node_modules/typescript/bin/tsc');

/**
 * What the consumer has installed besides the package and its peers: what the documents' examples
 * use. Each is linked by itself, so that a package which we import and do not declare is missing.
 */
const INSTALLED = ['@aws-sdk/lib-dynamodb', '@types/node', 'zod'];

/** A project in a folder of its own that has installed the package as npm would publish it. */
export interface Consumer {
  /** The project's folder. */
  readonly folder: string;
  /** The installed package's folder. */
  readonly packageFolder: string;
  /** What the package consists of. */
  readonly packedFiles: readonly string[];
  /** Runs a program text as an ES module of the project, and returns what it prints. */
  run(program: string): Promise<string>;
  /** What the compiler says of the given files, one line an error. */
  compile(
    files: Readonly<Record<string, string>>,
    moreOptions?: readonly string[],
  ): Promise<string[]>;
  remove(): void;
}

/** Builds, packs and installs the package, without touching `dist/` or asking a registry. */
export async function installPackage(): Promise<Consumer> {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-package-'));
  const stage = join(root, 'stage');
  for (const file of ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE']) {
    cpSync(file, join(stage, file));
  }
  const errors = await runCompiler('.', ['-p', 'tsconfig.build.json', '--outDir', `${stage}/dist`]);
  if (errors.length > 0) throw new Error(`The library does not build:\n${errors.join('\n')}`);
  await buildFunctions(join(stage, 'dist/handlers'));
  const packing = await run('npm', ['pack', '--json', '--ignore-scripts'], { cwd: stage });
  const [packed] = JSON.parse(packing.stdout) as [{ filename: string; files: { path: string }[] }];

  const folder = join(root, 'consumer');
  const packageFolder = join(folder, 'node_modules/holdfast');
  mkdirSync(packageFolder, { recursive: true });
  await run('tar', ['-xf', join(stage, packed.filename), '-C', packageFolder, '--strip=1']);
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly peerDependencies: Readonly<Record<string, string>>;
  };
  for (const peer of new Set([...INSTALLED, ...Object.keys(manifest.peerDependencies)])) {
    const link = join(folder, 'node_modules', peer);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve('node_modules', peer), link, 'junction');
  }
  return {
    folder,
    packageFolder,
    packedFiles: packed.files.map(({ path }) => path),
    run: (program) => runProgram(folder, program),
    compile: (files, moreOptions = []) => compileProgram(folder, files, moreOptions),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

async function runProgram(folder: string, program: string): Promise<string> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: folder,
  });
  return stdout;
}

async function compileProgram(
  folder: string,
  files: Readonly<Record<string, string>>,
  moreOptions: readonly string[],
): Promise<string[]> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023'];
  const libraries = ['--lib', 'es2023,esnext.disposable', '--types', 'node'];
  return runCompiler(folder, [...options, ...libraries, ...moreOptions, ...Object.keys(files)]);
}

async function runCompiler(folder: string, options: readonly string[]): Promise<string[]> {
  return run(process.execPath, [TSC, '--pretty', 'false', ...options], { cwd: folder }).then(
    () => [],
    (failure: { stdout: string }) => failure.stdout.trim().split('\n'),
  );
}
