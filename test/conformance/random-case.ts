import fc from 'fast-check';
import type { Comparison, Condition } from '../../lib/store/condition.ts';
import { isList, isMap, lookup } from '../../lib/store/document.ts';
import { faultOfActions } from '../../lib/store/evaluate.ts';
import type { UpdateAction } from '../../lib/store/update.ts';
import type { Item, Path, Value, ValueMap } from '../../lib/store/value.ts';

/** A row, or none, and one write that meets it. Keys are added where the case is run. */
export interface RandomCase {
  readonly attributes: ValueMap | undefined;
  readonly operation: 'update' | 'put' | 'delete';
  readonly actions: readonly UpdateAction[];
  readonly replacement: ValueMap;
  readonly condition: Condition | undefined;
}

/** Few names, so that cases meet their rows; one reserved, one illegal in placeholders. */
const NAMES = ['owner', 'queue', 'token', 'a-b'];

const name = fc.constantFrom(...NAMES);
const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.integer({ min: -2, max: 3 }),
  fc.constantFrom(0.5, 2.25, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
  fc.constantFrom('', 'a', 'b', 'ab', 'é', '\uFFFD', '\u{1F600}'),
  fc.boolean(),
  fc.constant(null),
);

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { arbitrary: scalar, weight: 4 },
    { arbitrary: fc.array(tie('value'), { maxLength: 3 }), weight: 2 },
    { arbitrary: fc.dictionary(name, tie('value'), { maxKeys: 3 }), weight: 2 },
  ),
}));

const attributes: fc.Arbitrary<ValueMap> = fc.dictionary(name, value, { maxKeys: NAMES.length });

const anyPath: fc.Arbitrary<Path> = fc
  .tuple(name, fc.array(fc.oneof(name, fc.nat({ max: 3 })), { maxLength: 2 }))
  .map(([first, rest]) => [first, ...rest]);

/** Mostly a path that the row has, so that conditions and updates hit something. */
function pathIn(item: Item): fc.Arbitrary<Path> {
  const known = pathsOf(item);
  if (known.length === 0) return anyPath;
  return fc.oneof(
    { arbitrary: fc.constantFrom(...known), weight: 3 },
    { arbitrary: anyPath, weight: 1 },
  );
}

function pathsOf(item: Item): Path[] {
  const paths: Path[] = [];
  const visit = (at: Path, here: Value) => {
    paths.push(at);
    if (isList(here)) for (const [index, member] of here.entries()) visit([...at, index], member);
    if (isMap(here)) for (const [key, member] of Object.entries(here)) visit([...at, key], member);
  };
  for (const [key, member] of Object.entries(item)) visit([key], member);
  return paths;
}

function conditionOn(item: Item): fc.Arbitrary<Condition> {
  const path = pathIn(item);
  return fc.letrec<{ condition: Condition }>((tie) => ({
    condition: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { arbitrary: path.map((at): Condition => ({ kind: 'exists', path: at })), weight: 2 },
      { arbitrary: path.map((at): Condition => ({ kind: 'absent', path: at })), weight: 2 },
      { arbitrary: path.chain((at) => comparisonOn(item, at)), weight: 5 },
      { arbitrary: fc.array(tie('condition'), { maxLength: 3 }).map(allOf), weight: 1 },
      {
        arbitrary: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map(anyOf),
        weight: 1,
      },
      { arbitrary: tie('condition').filter(canBeFalse).map(opposite), weight: 1 },
    ),
  })).condition;
}

const allOf = (all: readonly Condition[]): Condition => ({ kind: 'and', all });
const anyOf = (any: readonly Condition[]): Condition => ({ kind: 'or', any });
const opposite = (condition: Condition): Condition => ({ kind: 'not', condition });

/** Whether the condition says anything: DynamoDB has no words for "never". */
function canBeFalse(condition: Condition): boolean {
  if (condition.kind === 'and') return condition.all.some(canBeFalse);
  if (condition.kind === 'or') return condition.any.every(canBeFalse);
  return condition.kind === 'not' ? canBeFalse(condition.condition) : true;
}

const EQUALITY: readonly Comparison[] = ['=', '<>'];
const ORDER: readonly Comparison[] = ['=', '<>', '<', '<=', '>', '>='];

/** A comparison with the stored value itself, or with any other. */
function comparisonOn(item: Item, path: Path): fc.Arbitrary<Condition> {
  const stored = lookup(item, path);
  const given =
    stored === undefined
      ? value
      : fc.oneof({ arbitrary: fc.constant(stored), weight: 1 }, { arbitrary: value, weight: 1 });
  return given.chain((against) => {
    const ordered = typeof against === 'number' || typeof against === 'string';
    return fc
      .constantFrom(...(ordered ? ORDER : EQUALITY))
      .map((operator): Condition => ({ kind: 'compare', path, operator, value: against }));
  });
}

function actionOn(item: Item): fc.Arbitrary<UpdateAction> {
  const path = pathIn(item);
  return fc.oneof(
    fc.record({ kind: fc.constant('set' as const), path, value }),
    fc.record({ kind: fc.constant('copy' as const), path, from: path }),
    fc.record({ kind: fc.constant('copy' as const), path, from: path, fallback: value }),
    fc.record({
      kind: fc.constant('increment' as const),
      path,
      by: fc.integer({ min: -3, max: 3 }),
    }),
    fc.record({
      kind: fc.constant('append' as const),
      path,
      values: fc.array(value, { maxLength: 2 }),
    }),
    fc.record({ kind: fc.constant('remove' as const), path }),
  );
}

function actionsOn(item: Item): fc.Arbitrary<readonly UpdateAction[]> {
  const any = fc.array(actionOn(item), { maxLength: 4 });
  return fc.oneof({ arbitrary: any.map(withoutClashes), weight: 9 }, { arbitrary: any, weight: 1 });
}

/** Leaves out each action whose path clashes with an earlier one's. */
function withoutClashes(actions: readonly UpdateAction[]): readonly UpdateAction[] {
  const kept: UpdateAction[] = [];
  for (const action of actions) {
    if (faultOfActions([...kept, action]) === undefined) kept.push(action);
  }
  return kept;
}

export const randomCase: fc.Arbitrary<RandomCase> = fc
  .option(attributes, { nil: undefined, freq: 8 })
  .chain((row) =>
    fc.record({
      attributes: fc.constant(row),
      operation: fc.constantFrom('update', 'update', 'update', 'update', 'put', 'delete'),
      actions: actionsOn(row ?? {}),
      replacement: attributes,
      condition: fc.option(conditionOn(row ?? {}), { nil: undefined, freq: 4 }),
    }),
  );
