import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consumer, installPackage } from './consumer.ts';
import { codeBlocks, readDocuments } from './markdown.ts';

/**
 * A Lambda pays for every kilobyte at each cold start. For comparison: the parts of the AWS SDK
 * that a program on DynamoDB needs are 158 KB by the same measure. See docs/decisions/core-size.md.
 */
const CORE_GZIP_BYTES_MAX = 23 * 1024;

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly exports: Readonly<Record<string, unknown>>;
};
const modules = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.replace('.', 'holdfast'));

const PACKED = [
  /^dist\/(lib|functions|infra)\/.+\.(js|d\.ts)$/,
  /^dist\/handlers\/\w+\/handler\.mjs$/,
  /^(package\.json|[A-Z]+(\.md)?)$/,
];

/** Loads a library of 160 MB, which `test/infra` does once, and once is enough for a test run. */
const HEAVY = 'holdfast/infra';
const light = modules.filter((name) => name !== HEAVY);

describe('the package', () => {
  let consumer: Consumer;

  beforeAll(async () => {
    consumer = await installPackage();
  });

  afterAll(() => consumer?.remove());

  it('holds the library and its papers, nothing else', () => {
    const others = consumer.packedFiles.filter(
      (path) => !PACKED.some((pattern) => pattern.test(path)),
    );
    expect(others).toEqual([]);
    expect(consumer.packedFiles).toContain('LICENSE');
  });

  it('can be imported by each of its names', async () => {
    const program = `
      const names = ${JSON.stringify(light)};
      const counts = names.map(async (name) => [name, Object.keys(await import(name)).length]);
      console.log(JSON.stringify(Object.fromEntries(await Promise.all(counts))));`;
    const counts = JSON.parse(await consumer.run(program)) as Record<string, number>;
    expect(Object.keys(counts)).toEqual(light);
    expect(Object.values(counts).every((count) => count > 0)).toBe(true);
  });

  it('keeps its inner files to itself', async () => {
    await expect(consumer.run("await import('holdfast/dist/lib/index.js')")).rejects.toThrow(
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    );
  });

  it('has types for each of its names, also where libraries are checked', async () => {
    const imports = light.map((name, index) => `import * as module${index} from '${name}';`);
    const uses = light.map((_, index) => `void module${index};`);
    expect(await consumer.compile({ 'all.mts': [...imports, ...uses].join('\n') })).toEqual([]);
  });

  it('has types that object to misuse', async () => {
    const misuse = "import { Holdfast } from 'holdfast';\nnew Holdfast({ table: 7 });";
    const errors = await consumer.compile({ 'misuse.mts': misuse });
    expect(errors).toEqual([expect.stringMatching(/^misuse\.mts\(2,\d+\): error TS2322/)]);
  });

  it('does what the documents show, as far as a compiler can tell', async () => {
    const readers = readFileSync('test/package/reader.d.mts', 'utf8');
    const examples = readDocuments().flatMap((path) =>
      codeBlocks(readFileSync(path, 'utf8'))
        .filter(({ language }) => language === 'ts')
        // The name says where the example is, so that an error does.
        .map(({ code, line }) => [`${path.replaceAll('/', '.')}.${line}.mts`, `${code}export {};`]),
    );
    expect(examples.length).toBeGreaterThan(0);
    const files = { 'reader.d.mts': readers, ...Object.fromEntries(examples) };
    // The declarations themselves are checked above.
    expect(await consumer.compile(files, ['--skipLibCheck'])).toEqual([]);
  });

  it('costs a cold start little, and loads only the AWS SDK', async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: [join(consumer.packageFolder, 'dist/lib/index.js')],
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      // What is imported on demand goes into files of its own, which a cold start does not load.
      splitting: true,
      outdir: join(consumer.packageFolder, 'bundle'),
      metafile: true,
      write: false,
    });
    const outputs = new Map(
      Object.entries(metafile.outputs).map(([path, output]) => [resolve(path), output]),
    );
    const imports = [...outputs.values()].flatMap((output) => output.imports);
    const foreign = imports
      .filter(({ path, external }) => external && !/^(node:|@aws-sdk\/)/.test(path))
      .map(({ path }) => path);
    expect(foreign).toEqual([]);

    const loaded = new Set<string>();
    const load = (path: string) => {
      if (loaded.has(path)) return;
      loaded.add(path);
      for (const { path: next, kind, external } of outputs.get(path)?.imports ?? []) {
        if (kind === 'import-statement' && !external) load(resolve(next));
      }
    };
    for (const [path, { entryPoint }] of outputs) {
      if (entryPoint?.endsWith('dist/lib/index.js')) load(path);
    }
    const files = outputFiles.filter(({ path }) => loaded.has(resolve(path)));
    const bytes = gzipSync(Buffer.concat(files.map(({ contents }) => contents)), {
      level: 9,
    }).length;
    console.log(`The core is ${bytes} bytes, minified and gzipped, without the AWS SDK.`);
    expect(bytes).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThanOrEqual(CORE_GZIP_BYTES_MAX);
  });
});
