/** A node of the syntax tree (ESTree with TypeScript), as far as the rules look into it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** Where a node hangs in the tree. */
export interface Place {
  readonly parent: Node | undefined;
  /** The parent's property that holds the node, or the list with the node. */
  readonly key: string;
}

/** Whether a visitor wants to see what is below the node. */
export type Next = 'into' | 'past';

/** Visits `root` and what is below it, parents first. */
export function walk(
  root: Node,
  visit: (node: Node, place: Place) => Next,
  place: Place = { parent: undefined, key: '' },
): void {
  if (visit(root, place) === 'past') return;
  for (const [key, value] of Object.entries(root)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walk(child, visit, { parent: root, key });
    }
  }
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** The name of a plain identifier, of `this`-less code at least. */
export function nameOf(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Identifier' ? String(node.name) : undefined;
}

export function isFunction(node: unknown): node is Node {
  return isNode(node) && /^(FunctionDeclaration|FunctionExpression|ArrowFunction)/.test(node.type);
}

/** The expressions among the TypeScript nodes; all others are types and gone at run time. */
const TYPED_EXPRESSIONS = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
  'TSInstantiationExpression',
  'TSParameterProperty',
  'TSExportAssignment',
]);

export function isType(node: Node): boolean {
  return node.type.startsWith('TS') && !TYPED_EXPRESSIONS.has(node.type);
}
