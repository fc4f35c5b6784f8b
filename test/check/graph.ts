/** One reason why a node comes before another. */
export interface Edge<Label> {
  readonly from: number;
  readonly to: number;
  readonly label: Label;
}

/** A directed graph of the nodes 0 to `size` - 1, with labelled and possibly parallel edges. */
export class Graph<Label> {
  readonly #outgoing: Edge<Label>[][];

  constructor(size: number) {
    this.#outgoing = Array.from({ length: size }, () => []);
  }

  get size(): number {
    return this.#outgoing.length;
  }

  /** Adds an edge. A node needs no reason to come before itself: such edges are left out. */
  add(from: number, to: number, label: Label): void {
    if (from !== to) this.edgesFrom(from).push({ from, to, label });
  }

  edgesFrom(node: number): Edge<Label>[] {
    const edges = this.#outgoing[node];
    if (edges === undefined) throw new RangeError(`no node ${node}`);
    return edges;
  }

  /** The same nodes, with the edges that `keeps` lets through. */
  filter(keeps: (label: Label) => boolean): Graph<Label> {
    const kept = new Graph<Label>(this.size);
    for (const { from, to, label } of this.#outgoing.flat()) {
      if (keeps(label)) kept.add(from, to, label);
    }
    return kept;
  }
}

/**
 * The strongly connected components of more than one node: every cycle lies within one of them.
 * Tarjan's algorithm (1972), with a stack of its own in place of recursion, because a chain of
 * transactions is longer than the call stack of the platform. Linear.
 */
export function components<Label>(graph: Graph<Label>): readonly (readonly number[])[] {
  const found: number[][] = [];
  const order = new Map<number, number>();
  const lowest = new Map<number, number>();
  const open: number[] = [];
  const isOpen = new Set<number>();

  function enter(node: number): Visit<Label> {
    lowest.set(node, order.size);
    order.set(node, order.size);
    open.push(node);
    isOpen.add(node);
    return { node, edges: graph.edgesFrom(node).values() };
  }

  function lower(node: number, to: number | undefined): void {
    lowest.set(node, Math.min(lowest.get(node) ?? Infinity, to ?? Infinity));
  }

  function leave(node: number): void {
    if (lowest.get(node) !== order.get(node)) return;
    const component = open.splice(open.lastIndexOf(node));
    for (const member of component) isOpen.delete(member);
    if (component.length > 1) found.push(component);
  }

  for (let root = 0; root < graph.size; root += 1) {
    if (order.has(root)) continue;
    const path = [enter(root)];
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const next = visit.edges.next();
      if (next.done === true) {
        path.pop();
        leave(visit.node);
        const parent = path.at(-1);
        if (parent !== undefined) lower(parent.node, lowest.get(visit.node));
      } else if (!order.has(next.value.to)) {
        path.push(enter(next.value.to));
      } else if (isOpen.has(next.value.to)) {
        lower(visit.node, order.get(next.value.to));
      }
    }
  }
  return found;
}

interface Visit<Label> {
  readonly node: number;
  readonly edges: Iterator<Edge<Label>>;
}

/** A path of the fewest edges, if there is one; from a node to itself it is a cycle. */
export function shortestPath<Label>(
  graph: Graph<Label>,
  from: number,
  to: number,
): readonly Edge<Label>[] | undefined {
  const arrivals = new Map<number, Edge<Label>>();
  let frontier = [from];
  while (frontier.length > 0 && !arrivals.has(to)) {
    const next: number[] = [];
    for (const edge of frontier.flatMap((node) => graph.edgesFrom(node))) {
      if (arrivals.has(edge.to)) continue;
      arrivals.set(edge.to, edge);
      next.push(edge.to);
    }
    frontier = next;
  }
  const path: Edge<Label>[] = [];
  let edge = arrivals.get(to);
  while (edge !== undefined) {
    path.unshift(edge);
    edge = edge.from === from ? undefined : arrivals.get(edge.from);
  }
  return path.length === 0 ? undefined : path;
}
