import { describe, expect, test } from 'vitest';
import { ENGINES, useEngine } from '../../conformance/engines.ts';
import { WORKLOAD_NAMES, WORKLOADS } from '../catalogue.ts';
import { runSeed } from '../run.ts';
import { StandingStore } from './standing-store.ts';

const SEEDS = [1];
const OPERATIONS = 50;
const TIME_LIMIT_MS = 120_000;

const SEAM_ENGINES = ENGINES.filter(({ name }) => name === 'dynalite' || name === 'dynoxide');

/**
 * The same seeds through the SDK and an engine on a socket, under the same faults. Not only must
 * nothing go wrong: the engine must do, request by request, what the table in memory does.
 */
describe.each(SEAM_ENGINES)('simulation through the SDK on $name', (engine) => {
  const running = useEngine(engine);

  test.for(WORKLOAD_NAMES)(
    'runs workload %s as on the table in memory, step for step',
    { timeout: TIME_LIMIT_MS },
    async (name, context) => {
      if (engine.unavailable !== undefined) context.skip(engine.unavailable);
      const workload = WORKLOADS[name];
      const store = running().openStore();
      let operations = 0;
      for (const seed of SEEDS) {
        const options = { seed, operations: OPERATIONS, workload };
        const inMemory = await runSeed(options);
        const onEngine = await runSeed({
          ...options,
          tableOf: (clock) => new StandingStore(store, clock, `${name}-${seed}-`),
        });
        expect(onEngine.failure, `seed ${seed}`).toBeUndefined();
        expect(onEngine.hash, `seed ${seed}`).toBe(inMemory.hash);
        operations += onEngine.operations;
      }
      expect(operations).toBeGreaterThan(SEEDS.length * OPERATIONS);
    },
  );
});
