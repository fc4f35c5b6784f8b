import { InvalidArgumentError } from '../errors.ts';
import { conditionOfGuard } from '../lease/fencing.ts';
import type { Condition } from '../store/condition.ts';
import { evaluateCondition } from '../store/evaluate.ts';
import { absent, equals, exists, type ItemClause } from '../store/item-store.ts';
import { attributesOfRow, rowOfAttributes } from '../store/row-attributes.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import type { Snapshot } from './lock.ts';
import { placeName } from './operation.ts';
import type { Fence } from './options.ts';
import type { Plan, Slot } from './plan.ts';
import { type FenceMark, nameOfRow, type RecordHome } from './record.ts';

/** All that is asked of the row as an item: that it is there, without a version. */
const PRESENT: Snapshot = { image: {}, version: undefined, isPending: false };

/**
 * The lock that a strict fence places on the row of its hold. While it is there nobody can take,
 * pass on or end the hold without finishing or ending the transaction first, so a transaction
 * that is decided was decided while the hold was good.
 *
 * @throws InvalidArgumentError
 */
export function slotOfFence({ table }: RecordHome, fence: Fence): Slot {
  const guard = fence.guard();
  const condition = conditionOfGuard(guard);
  const { Key: key, TableName } = guard.ConditionCheck;
  if (condition === undefined || TableName !== table) {
    throw new InvalidArgumentError('fence', `a hold of the table '${table}'`, TableName);
  }
  const place = { table, key: attributesOfRow(key) };
  return {
    name: placeName(place),
    place,
    snapshot: PRESENT,
    intent: undefined,
    operation: { kind: 'keep', isAbsent: false },
    fence: {
      isAlone: true,
      clauses: clausesOf(condition),
      holdsOf: (item) => evaluateCondition(condition, item && rowOfAttributes(item)),
    },
  };
}

/** By what others tell a transaction under this hold from one under a later grant of its row. */
export function markOfFence(fence: Fence): FenceMark | undefined {
  const guard = fence.guard();
  const { Key } = guard.ConditionCheck;
  if (Key === undefined) throw new InvalidArgumentError('fence', 'a hold', fence);
  const token = tokenIn(conditionOfGuard(guard));
  return token === undefined ? undefined : { row: nameOfRow(Key), token };
}

/** A leader calls its token a term, but every guard asks for it. */
function tokenIn(condition: Condition | undefined): number | undefined {
  if (condition?.kind === 'and') return condition.all.map(tokenIn).find(Number.isFinite);
  if (condition?.kind !== 'compare' || condition.path.at(-1) !== ATTRIBUTE.token) return undefined;
  return Number(condition.value);
}

/** The slots with the fence's: in front, or as one with that of a transaction that has read it. */
export function withFence(slots: readonly Slot[], fence: Slot | undefined): readonly Slot[] {
  if (fence?.fence === undefined) return slots;
  const { name } = fence;
  const asWell = { fence: { ...fence.fence, isAlone: false } };
  if (!slots.some((slot) => slot.name === name)) return [fence, ...slots];
  return slots.map((slot) => (slot.name === name ? { ...slot, ...asWell } : slot));
}

/** The plan with the fence's lock among the others: before the validation, as all of them. */
export function withFenceLocked(plan: Plan, fence: Slot | undefined): Plan {
  if (fence === undefined || plan.kind === 'nothing' || plan.kind === 'one-write') return plan;
  const slots = plan.kind === 'locks' ? plan.slots : [];
  return { kind: 'locks', slots: withFence(slots, fence), reads: plan.reads };
}

/** What a guard asks for, as clauses. Guards are made of nothing else. */
function clausesOf(condition: Condition): readonly ItemClause[] {
  if (condition.kind === 'and') return condition.all.flatMap(clausesOf);
  if (condition.kind === 'exists') return [exists(...condition.path.map(String))];
  if (condition.kind === 'absent') return [absent(...condition.path.map(String))];
  if (condition.kind === 'compare' && condition.operator === '=') {
    const { path, value } = condition;
    const attribute = typeof value === 'number' ? { N: `${value}` } : { S: String(value) };
    return [equals(path.map(String), attribute)];
  }
  throw new InvalidArgumentError('fence', 'a hold', condition.kind);
}
