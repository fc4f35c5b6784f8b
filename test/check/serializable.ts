import { type Dependency, dependencyGraph, type RealTime } from './dependencies.ts';
import { components, type Edge, type Graph, shortestPath } from './graph.ts';
import { describeTransaction, type ListTransaction } from './list-append.ts';
import { checkReads, collectFacts, type ReadAnomaly } from './list-facts.ts';
import { failed, passed, type Verdict } from './verdict.ts';

/** Cycles by Adya's names (1999), from the worst on; each also in the company of real time. */
export type CycleAnomaly =
  /** Of appends only: dirty write. */
  | 'G0'
  /** Of appends and reads of them: circular information flow. */
  | 'G1c'
  /** With one read of what was then replaced: lost update, read skew. */
  | 'G-single'
  /** With several such reads: write skew. */
  | 'G2';

export type SerializabilityAnomaly = ReadAnomaly | CycleAnomaly | `${CycleAnomaly}-real-time`;

export interface SerializabilityOptions {
  /** @default 'per-item' */
  readonly realTime?: RealTime | undefined;
}

/**
 * Whether some order of the transactions explains what all of them read, and respects real time as
 * far as asked. Reports the worst anomaly, with a shortest cycle in words. Facts judged:
 * transactions that committed. Near linear for good histories.
 */
export function checkSerializable(
  history: readonly ListTransaction[],
  options: SerializabilityOptions = {},
): Verdict<SerializabilityAnomaly> {
  const facts = collectFacts(history);
  const reads = checkReads(facts);
  if (!reads.ok) return reads;
  const graph = dependencyGraph(facts, options.realTime ?? 'per-item');
  for (const [anomaly, find] of searches(graph)) {
    const cycle = find();
    if (cycle !== undefined) return failed(anomaly, explain(cycle, facts.committed));
  }
  return passed(facts.committed.length);
}

type Cycle = readonly Edge<Dependency>[];

/** How to find each anomaly, the worst first; real time joins when the others found nothing. */
function* searches(
  graph: Graph<Dependency>,
): Generator<readonly [SerializabilityAnomaly, () => Cycle | undefined]> {
  // Most histories have no cycle at all, and one pass says so.
  if (components(graph).length === 0) return;
  for (const suffix of ['', '-real-time'] as const) {
    const base = suffix === '' ? graph.filter(({ kind }) => kind !== 'real-time') : graph;
    const appends = base.filter(({ kind }) => kind === 'ww' || kind === 'real-time');
    const flow = base.filter(({ kind }) => kind !== 'rw');
    yield [`G0${suffix}`, () => shortestCycle(appends)];
    yield [`G1c${suffix}`, () => shortestCycle(flow)];
    yield [`G-single${suffix}`, () => shortestClosing(base, flow)];
    yield [`G2${suffix}`, () => shortestCycle(base)];
  }
}

/** How many starts to try for a short cycle: enough for a readable one, even of a large knot. */
const STARTS = 100;

function shortestCycle(graph: Graph<Dependency>): Cycle | undefined {
  const knots = components(graph).toSorted((a, b) => a.length - b.length);
  const starts = knots[0]?.slice(0, STARTS) ?? [];
  return shortest(starts.map((node) => shortestPath(graph, node, node)));
}

/** A cycle of one anti-dependency, closed by a path without any. */
function shortestClosing(graph: Graph<Dependency>, flow: Graph<Dependency>): Cycle | undefined {
  const found: Cycle[] = [];
  for (const knot of components(graph)) {
    const members = new Set(knot);
    const edges = knot.flatMap((node) => graph.edgesFrom(node));
    for (const edge of edges) {
      if (edge.label.kind !== 'rw' || !members.has(edge.to)) continue;
      const back = shortestPath(flow, edge.to, edge.from);
      if (back !== undefined) found.push([edge, ...back]);
      if (found.length === STARTS) return shortest(found);
    }
  }
  return shortest(found);
}

function shortest(cycles: readonly (Cycle | undefined)[]): Cycle | undefined {
  const found = cycles.filter((cycle) => cycle !== undefined);
  return found.toSorted((a, b) => a.length - b.length)[0];
}

function explain(cycle: Cycle, committed: readonly ListTransaction[]): string {
  const nameOf = (node: number) => committed[node]?.id ?? `${node}`;
  const involved = cycle.map(({ from }) => committed[from]).filter((each) => each !== undefined);
  return [
    `${cycle.map(({ from }) => nameOf(from)).join(' before ')} before itself`,
    ...cycle.map((edge) => `  ${say(edge.label, nameOf(edge.from), nameOf(edge.to))}`),
    ...involved.map((transaction) => `  ${describeTransaction(transaction)}`),
  ].join('\n');
}

function say(dependency: Dependency, first: string, second: string): string {
  switch (dependency.kind) {
    case 'ww': {
      const { key, before, after } = dependency;
      return `${first} appended ${before} to ${key}, and ${second} appended ${after} next`;
    }
    case 'wr':
      return `${first} appended ${dependency.value} to ${dependency.key}, and ${second} read it`;
    case 'rw':
      return `${first} read ${dependency.key} before ${second} appended ${dependency.after} to it`;
    case 'real-time': {
      const where = dependency.key === undefined ? '' : `, and both used ${dependency.key}`;
      return `${first} had returned when ${second} was called${where}`;
    }
  }
}
