import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { type ParseResult, parseSync } from 'rolldown/utils';
import { type Node, walk } from './walk.ts';

/** A program text and what the parser says of it. Rules get these, and never read files. */
export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly program: Node;
  readonly comments: ParseResult['comments'];
  readonly exports: ParseResult['module']['staticExports'];
  readonly imports: readonly Import[];
}

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** The file meant by a relative specifier, as a {@link SourceFile.path}. */
  readonly target: string | undefined;
  /** Gone at run time. */
  readonly typeOnly: boolean;
  /** Imported names; `*` for all, `default` for the default. */
  readonly names: readonly string[];
  readonly start: number;
}

/** One violation of a rule: where and what, as one line that a terminal makes clickable. */
export type Finding = string;

const FOLDERS = ['lib', 'test', 'bench', 'examples', 'functions', 'infra', 'scripts'];
const PROGRAM = /\.(ts|mts|mjs)$/;

/** Every program text of the repository. */
export function readRepository(): SourceFile[] {
  const paths = FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) =>
      posix.join(folder, file.replaceAll('\\', '/')),
    ),
  );
  return paths
    .filter((path) => PROGRAM.test(path))
    .sort()
    .map((path) => parseSource(path, readFileSync(path, 'utf8')));
}

export function parseSource(path: string, text: string): SourceFile {
  const { program, module, comments } = parseSync(path, text);
  const root = program as unknown as Node;
  const imports = [...staticImports(module), ...dynamicImports(module, text), ...typeImports(root)];
  return {
    path,
    text,
    program: root,
    comments,
    exports: module.staticExports,
    imports: imports.map((found) => ({ ...found, target: targetOf(path, found.specifier) })),
  };
}

/** Texts by path, for the planted violations that show a rule at work. */
export function sources(texts: Readonly<Record<string, string>>): SourceFile[] {
  return Object.entries(texts).map(([path, text]) => parseSource(path, text));
}

export function finding(file: SourceFile, offset: number, message: string): Finding {
  return `${file.path}:${lineAt(file.text, offset)} ${message}`;
}

/** The line of an offset, counted from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

type Unresolved = Omit<Import, 'target'>;

function staticImports(module: ParseResult['module']): Unresolved[] {
  const imported = module.staticImports.map(({ moduleRequest, entries, start }) => ({
    specifier: moduleRequest.value,
    typeOnly: entries.length > 0 && entries.every((entry) => entry.isType),
    names: entries.map(({ importName: { kind, name } }) =>
      kind === 'NamespaceObject' ? '*' : (name ?? 'default'),
    ),
    start,
  }));
  const reexported = module.staticExports.flatMap(({ entries, start }) =>
    entries.flatMap(({ moduleRequest, importName, isType }) =>
      moduleRequest === null
        ? []
        : {
            specifier: moduleRequest.value,
            typeOnly: isType,
            names: [importName.name ?? '*'],
            start,
          },
    ),
  );
  return [...imported, ...reexported];
}

function dynamicImports(module: ParseResult['module'], text: string): Unresolved[] {
  return module.dynamicImports.map(({ start, moduleRequest }) => ({
    specifier: text.slice(moduleRequest.start, moduleRequest.end).replace(/^['"`]|['"`]$/g, ''),
    typeOnly: false,
    names: ['*'],
    start,
  }));
}

/** `import('./x.ts').Type`, which no list of imports shows. */
function typeImports(program: Node): Unresolved[] {
  const found: Unresolved[] = [];
  walk(program, (node) => {
    if (node.type !== 'TSImportType') return 'into';
    const { value } = node.source as { value: string };
    found.push({ specifier: value, typeOnly: true, names: ['*'], start: node.start });
    return 'past';
  });
  return found;
}

function targetOf(path: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined;
}
