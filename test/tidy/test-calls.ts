import { isFunction, isNode, type Node, nameOf } from './walk.ts';

/** A call that declares a test or a suite of tests. */
export interface TestCall {
  readonly kind: 'test' | 'suite';
  /** What stands between the name and the title: `only`, `each`, `concurrent` and so on. */
  readonly modifiers: readonly string[];
  /** The title as written, with the holes of a template still in it. */
  readonly title: (text: string) => string;
  readonly body: Node | undefined;
}

const KINDS: Readonly<Record<string, TestCall['kind']>> = {
  it: 'test',
  test: 'test',
  describe: 'suite',
  suite: 'suite',
};

/** What test or suite `node` declares, if it does. */
export function testCall(node: Node): TestCall | undefined {
  if (node.type !== 'CallExpression' || !Array.isArray(node.arguments)) return undefined;
  const [title, ...rest] = node.arguments.filter(isNode);
  if (title === undefined || !isText(title)) return undefined;
  const { name, modifiers } = calleeOf(node.callee);
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind === undefined) return undefined;
  return {
    kind,
    modifiers,
    title: (text) => text.slice(title.start, title.end).replace(/^['"`]|['"`]$/g, ''),
    body: rest.find(isFunction),
  };
}

/** Tells the call with the title from the calls before it: `describe.each([1])('title', ...)`. */
function isText(node: Node): boolean {
  if (node.type === 'Literal') return typeof node.value === 'string';
  return node.type === 'TemplateLiteral' || node.type === 'BinaryExpression';
}

/** `describe.skipIf(x).each(y)` is a call on a member of a call on a member of `describe`. */
function calleeOf(callee: unknown): { name: string; modifiers: string[] } {
  if (!isNode(callee)) return { name: '', modifiers: [] };
  if (callee.type === 'CallExpression') return calleeOf(callee.callee);
  if (callee.type === 'TaggedTemplateExpression') return calleeOf(callee.tag);
  if (callee.type !== 'MemberExpression') return { name: nameOf(callee) ?? '', modifiers: [] };
  const { name, modifiers } = calleeOf(callee.object);
  return { name, modifiers: [...modifiers, nameOf(callee.property) ?? ''] };
}
