import { type Finding, finding, type SourceFile } from './source.ts';
import { walk } from './walk.ts';

/** Files that only decide: what they do depends on their arguments alone. */
export const PURE_FILES: readonly string[] = [
  'functions/fanout/announce.ts',
  'functions/fanout/change.ts',
  'functions/fanout/coalesce.ts',
  'lib/config/rollout.ts',
  'lib/group/beat-row.ts',
  'lib/group/candidates.ts',
  'lib/group/digest.ts',
  'lib/group/head-row.ts',
  'lib/group/member-row.ts',
  'lib/group/rendezvous.ts',
  'lib/group/sweep-plan.ts',
  'lib/group/sweep-row.ts',
  'lib/group/view.ts',
  'lib/lease/judge.ts',
  'lib/lease/pace.ts',
  'lib/lease/plan.ts',
  'lib/lease/queue-writes.ts',
  'lib/lease/row.ts',
  'lib/lease/token.ts',
  'lib/lease/validity.ts',
  'lib/lease/writes.ts',
  'lib/local/stream-bridge/attempt.ts',
  'lib/local/stream-bridge/event-pattern.ts',
  'lib/local/stream-bridge/lineage.ts',
  'lib/local/stream-bridge/outcome.ts',
  'lib/local/stream-bridge/settled.ts',
  'lib/lock/barrier-row.ts',
  'lib/lock/latch-row.ts',
  'lib/lock/locks-request.ts',
  'lib/lock/pool-pace.ts',
  'lib/lock/pool-plan.ts',
  'lib/lock/pool-queue.ts',
  'lib/lock/pool-row.ts',
  'lib/lock/pool-writes.ts',
  'lib/naming/block-size.ts',
  'lib/naming/id-layout.ts',
  'lib/naming/name-form.ts',
  'lib/naming/name-row.ts',
  'lib/naming/reservation.ts',
  'lib/naming/sequence-row.ts',
  'lib/naming/slot-rows.ts',
  'lib/store/attribute.ts',
  'lib/store/condition.ts',
  'lib/store/config-schema.ts',
  'lib/store/document.ts',
  'lib/store/evaluate.ts',
  'lib/store/expression.ts',
  'lib/store/group-schema.ts',
  'lib/store/item-size.ts',
  'lib/store/item-store.ts',
  'lib/store/locked-item-schema.ts',
  'lib/store/naming-schema.ts',
  'lib/store/placeholders.ts',
  'lib/store/query.ts',
  'lib/store/request-fault.ts',
  'lib/store/row-attributes.ts',
  'lib/store/row-fields.ts',
  'lib/store/schema.ts',
  'lib/store/shared-schema.ts',
  'lib/store/transaction-schema.ts',
  'lib/store/update.ts',
  'lib/store/value.ts',
  'lib/transaction/hold-attributes.ts',
  'lib/transaction/lock.ts',
  'lib/transaction/operation.ts',
  'lib/transaction/plan.ts',
  'lib/transaction/record.ts',
  'lib/transaction/wire.ts',
  'lib/watch/head-state.ts',
  'lib/watch/pace.ts',
];

const PROTOCOL = /^lib\/.*\/protocol\.ts$/;

/** What pure files may use besides each other; of all else they may know the types. */
const HARMLESS = /^lib\/(errors|core\/(invariant|table-clock))\.ts$/;

/**
 * Pure files that reach out or wait. They hold the decisions that everything else leans on, and can
 * be tested to the last branch only while they need no engine, no clock and no await.
 */
export function checkPurity(
  files: readonly SourceFile[],
  pureFiles: readonly string[] = PURE_FILES,
): Finding[] {
  const isPure = (path: string) => pureFiles.includes(path) || PROTOCOL.test(path);
  const absent = pureFiles.filter((path) => !files.some((file) => file.path === path));
  return [
    ...absent.map((path) => `${path}:1 is listed as pure and does not exist`),
    ...files
      .filter(({ path }) => isPure(path))
      .flatMap((file) => [...reachings(file, isPure), ...waits(file)]),
  ];
}

function reachings(file: SourceFile, isPure: (path: string) => boolean): Finding[] {
  return file.imports
    .filter(({ typeOnly }) => !typeOnly)
    .filter(({ target }) => target === undefined || !(isPure(target) || HARMLESS.test(target)))
    .map(({ specifier, start }) =>
      finding(file, start, `is pure and imports ${specifier}: its types at most`),
    );
}

function waits(file: SourceFile): Finding[] {
  const findings: Finding[] = [];
  walk(file.program, (node) => {
    if (node.async === true || node.type === 'AwaitExpression') {
      findings.push(finding(file, node.start, 'is pure and waits'));
      return 'past';
    }
    return 'into';
  });
  return findings;
}
