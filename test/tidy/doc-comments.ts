import { type Finding, finding, type SourceFile } from './source.ts';
import { isNode, type Node, nameOf } from './walk.ts';

/** Symbols that `entry` offers to users and that no doc comment introduces. */
export function checkDocComments(files: readonly SourceFile[], entry: string): Finding[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const origins = byPath.get(entry)?.imports ?? [];
  return (byPath.get(entry)?.exports ?? []).flatMap(({ entries, start }) =>
    entries.flatMap(({ exportName, importName, moduleRequest }) => {
      const from = origins.find(({ specifier }) => specifier === moduleRequest?.value)?.target;
      const name = importName.name ?? exportName.name;
      const file = byPath.get(from ?? entry);
      if (file === undefined || name === null) {
        return `${entry}:${start} re-exports what these checks cannot follow: name each symbol`;
      }
      return undocumented(byPath, file, name);
    }),
  );
}

function undocumented(
  byPath: ReadonlyMap<string, SourceFile>,
  file: SourceFile,
  name: string,
): Finding[] {
  const declaration = declarationsOf(file).find((found) => found.names.includes(name));
  if (declaration !== undefined) {
    if (isDocumented(file, declaration.node)) return [];
    return [finding(file, declaration.node.start, `${name} is public and has no doc comment`)];
  }
  // Not declared here: passed on from another file.
  for (const { names, target } of file.imports) {
    const next = target === undefined ? undefined : byPath.get(target);
    if (next !== undefined && names.includes(name)) return undocumented(byPath, next, name);
  }
  return [`${file.path}:1 ${name} is public and declared nowhere in sight`];
}

interface Declaration {
  readonly node: Node;
  readonly names: readonly string[];
}

function declarationsOf(file: SourceFile): Declaration[] {
  const statements = (file.program.body as Node[]).filter(isNode);
  return statements.flatMap((node) => {
    const inner = isNode(node.declaration) ? node.declaration : node;
    const declared = Array.isArray(inner.declarations) ? inner.declarations : [inner];
    const names = declared.flatMap((each) => nameOf(isNode(each) ? each.id : undefined) ?? []);
    return names.length === 0 ? [] : { node, names };
  });
}

/** A doc comment belongs to what follows it with nothing but white space between. */
function isDocumented(file: SourceFile, node: Node): boolean {
  return file.comments.some(
    ({ type, value, end }) =>
      type === 'Block' &&
      value.startsWith('*') &&
      end <= node.start &&
      file.text.slice(end, node.start).trim() === '',
  );
}
