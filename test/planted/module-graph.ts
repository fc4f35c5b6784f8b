import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { Script } from 'node:vm';
import { build, transform } from 'esbuild';

/** The body of a module. */
type Body = (exports: unknown, require: (name: string) => unknown, module: Running) => void;

/** Bodies of modules by their paths from the repository on. */
type Bodies = Readonly<Record<string, Body>>;

/** A module, while it runs and afterwards. */
interface Running {
  exports: unknown;
}

const AS_FUNCTIONS = {
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  // Where such a function asks for an import, it requires instead: Node gives it no way to import.
  supported: { 'dynamic-import': false },
} as const;

/** Where the compiled modules would be. They are in no file. */
const OUTPUT = '.build/planted';

const requireFromHere = createRequire(import.meta.url);

/**
 * A program and all the modules of ours that it is made of, compiled once, to be run many times:
 * each run has instances of its own, which share nothing with those of any other. Of packages there
 * is one instance, as always.
 */
export class ModuleGraph {
  readonly #entry: string;
  /** Makes all the bodies anew at each run, so that no run is slowed down by what another did. */
  readonly #bodies: Script;

  private constructor(entry: string, bodies: Script) {
    this.#entry = entry;
    this.#bodies = bodies;
  }

  static async of(entry: string): Promise<ModuleGraph> {
    const shared = { ...AS_FUNCTIONS, outdir: OUTPUT, write: false, logLevel: 'warning' } as const;
    const bundle = { bundle: true, packages: 'external', metafile: true } as const;
    const { metafile } = await build({ ...shared, ...bundle, entryPoints: [entry] });
    const entryPoints = Object.keys(metafile.inputs);
    const { outputFiles } = await build({ ...shared, entryPoints, outbase: '.' });
    const codes = outputFiles.map(({ path, text }) => {
      return [relative(OUTPUT, path).replace(/\.js$/, '.ts'), text] as const;
    });
    return new ModuleGraph(entry, scriptOf(codes, entry));
  }

  /** What the entry exports, with another source of one module if one is given. */
  async run(other?: { readonly path: string; readonly source: string }): Promise<unknown> {
    const bodies = bodiesOf(this.#bodies);
    if (other === undefined) return run(bodies, this.#entry);
    const { path, source } = other;
    if (bodies[path] === undefined) throw new Error(`no module is called ${path}`);
    const { code } = await transform(source, { ...AS_FUNCTIONS, loader: 'ts', sourcefile: path });
    return run({ ...bodies, ...bodiesOf(scriptOf([[path, code]], path)) }, this.#entry);
  }
}

function scriptOf(codes: readonly (readonly [path: string, code: string])[], filename: string) {
  const bodies = codes.map(
    ([path, code]) => `${JSON.stringify(path)}: function (exports, require, module) {${code}\n}`,
  );
  return new Script(`({${bodies.join(',\n')}})`, { filename });
}

function bodiesOf(script: Script): Bodies {
  return script.runInThisContext() as Bodies;
}

function run(bodies: Bodies, entry: string): unknown {
  const all = new Map<string, Running>();
  const require = (path: string): unknown => {
    const known = all.get(path);
    if (known !== undefined) return known.exports;
    const body = bodies[path];
    if (body === undefined) throw new Error(`no module is called ${path}`);
    const module: Running = { exports: {} };
    all.set(path, module);
    const requireFromThere = (name: string) =>
      name.startsWith('.') ? require(join(dirname(path), name)) : requireFromHere(name);
    body(module.exports, requireFromThere, module);
    return module.exports;
  };
  return require(entry);
}
