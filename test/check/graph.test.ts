import { describe, expect, it } from 'vitest';
import { components, Graph, shortestPath } from './graph.ts';
import { type Seeded, seeded } from './seeded.ts';

function graphOf(size: number, edges: readonly (readonly [number, number])[]): Graph<string> {
  const graph = new Graph<string>(size);
  for (const [from, to] of edges) graph.add(from, to, `${from}-${to}`);
  return graph;
}

const sorted = (sets: readonly (readonly number[])[]) =>
  sets.map((set) => set.toSorted((a, b) => a - b)).toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0));

describe('strongly connected components', () => {
  it('are the knots of a graph, without its single nodes', () => {
    const graph = graphOf(7, [
      [0, 1],
      [1, 2],
      [2, 0],
      [2, 3],
      [3, 4],
      [4, 3],
      [4, 5],
      [6, 6],
    ]);
    expect(sorted(components(graph))).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });

  it('are those that reachability gives, on random graphs', () => {
    for (let seed = 0; seed < 500; seed += 1) {
      const { size, graph } = randomGraph(seeded(seed));
      const nodes = Array.from({ length: size }, (_, node) => node);
      const reach = (from: number, to: number) => shortestPath(graph, from, to) !== undefined;
      const knots = nodes.map((node) =>
        nodes.filter((other) => other === node || (reach(node, other) && reach(other, node))),
      );
      const expected = knots.filter((knot, node) => knot.length > 1 && knot[0] === node);
      expect(sorted(components(graph)), `seed ${seed}`).toEqual(sorted(expected));
    }
  });

  it('are found in a chain longer than the call stack', () => {
    const length = 200_000;
    const graph = new Graph<string>(length);
    for (let node = 0; node < length; node += 1) graph.add(node, (node + 1) % length, 'next');
    expect(components(graph).map((component) => component.length)).toEqual([length]);
  });
});

describe('the shortest path', () => {
  it('has the fewest edges, and leads back for a cycle', () => {
    const graph = graphOf(4, [
      [0, 1],
      [1, 2],
      [2, 3],
      [0, 3],
      [3, 0],
    ]);
    const labels = (from: number, to: number) =>
      shortestPath(graph, from, to)?.map(({ label }) => label);
    expect(labels(0, 3)).toEqual(['0-3']);
    expect(labels(0, 0)).toEqual(['0-3', '3-0']);
    expect(labels(1, 1)).toEqual(['1-2', '2-3', '3-0', '0-1']);
  });

  it('does not exist against the direction of the edges', () => {
    expect(shortestPath(graphOf(2, [[0, 1]]), 1, 0)).toBeUndefined();
    expect(shortestPath(graphOf(1, [[0, 0]]), 0, 0)).toBeUndefined();
  });
});

function randomGraph(random: Seeded) {
  const size = 1 + random.below(8);
  const edges = Array.from(
    { length: random.below(14) },
    () => [random.below(size), random.below(size)] as const,
  );
  return { size, graph: graphOf(size, edges) };
}
