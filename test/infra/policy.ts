import type { StackTemplate } from './stack-runner.ts';

/**
 * Evaluates IAM policies as far as this project writes them, so that a test can ask what a role may
 * do instead of comparing texts.
 */
export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

export interface Request {
  readonly action: string;
  /** As the statement names it, after CloudFormation's functions are written out. */
  readonly resource: string;
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

/** What the policies say whose ids begin with the name of a role, or of a part with one. */
export function statementsOf({ Resources }: StackTemplate, role: string): Statement[] {
  return Object.entries(Resources)
    .filter(([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith(role))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Statement[]);
}

/** Allowed by some statement and denied by none. */
export function isAllowed(statements: readonly Statement[], request: Request): boolean {
  const applying = statements.filter((statement) => applies(statement, request));
  return applying.length > 0 && applying.every(({ Effect }) => Effect === 'Allow');
}

function applies({ Action, Resource, Condition = {} }: Statement, request: Request): boolean {
  return (
    listOf(Action).some((action) => isLike(action, request.action)) &&
    listOf(Resource).some((resource) => isLike(textOf(resource), request.resource)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) =>
        holds(operator, listOf(wanted) as string[], request.context?.[key]),
      ),
    )
  );
}

function holds(operator: string, wanted: string[], values: readonly string[] | undefined): boolean {
  switch (operator) {
    case 'ForAllValues:StringLike':
      // True of a request that has no such key: which is why the other condition is there.
      return (values ?? []).every((value) => wanted.some((pattern) => isLike(pattern, value)));
    case 'ForAllValues:StringEquals':
      return (values ?? []).every((value) => wanted.includes(value));
    case 'Null':
      return wanted.includes(String(values === undefined));
    default:
      throw new Error(`condition ${operator} is not known here`);
  }
}

function isLike(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[\\^$.+()[\]{}|]/g, '\\$&');
  const expression = escaped.replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}

/** CloudFormation's functions as one text: `<Table.Arn>`. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, argument] = ['', '']] = Object.entries(value as object);
  if (name === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map(textOf).join(separator);
  }
  if (name === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`;
  if (name === 'Ref') return `<${argument}>`;
  throw new Error(`${name} is not known here`);
}

function listOf<Value>(value: Value | readonly Value[]): readonly Value[] {
  return Array.isArray(value) ? value : [value as Value];
}
