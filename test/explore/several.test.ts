import { describe, expect, test } from 'vitest';
import { loadLibrary } from '../planted/load.ts';
import { explore } from './explore.ts';
import { runExportScenario } from './export-scenario.ts';
import { runLocksScenario } from './locks-scenario.ts';

const EXECUTIONS = 1_000;

describe('every interleaving of two who take several locks, or one after the other', () => {
  test('finds locks of which a part is kept', async () => {
    const library = await loadLibrary('locks-try-keeps-part');
    const clients = { alice: 'y-then-x', bob: 'try' } as const;
    const run = explore((chooser) => runLocksScenario({ clients, faults: {}, library }, chooser), {
      limit: EXECUTIONS,
    });
    await expect(run).rejects.toThrow('was kept after the try');
  });

  test('finds two who wait for each other', async () => {
    const library = await loadLibrary('locks-in-the-callers-order');
    const clients = { alice: 'x-and-y', bob: 'y-and-x' } as const;
    const run = explore(
      (chooser) => runLocksScenario({ clients, faults: { lostAnswers: 1 }, library }, chooser),
      { limit: EXECUTIONS },
    );
    await expect(run).rejects.toThrow('goes round in circles');
  });

  test('finds a hold that is adopted under the token of whoever exported it', async () => {
    const library = await loadLibrary('export-adopted-under-its-token');
    const clients = { alice: 'pass', bob: 'adopt' } as const;
    const run = explore((chooser) => runExportScenario({ clients, faults: {}, library }, chooser));
    await expect(run).rejects.toThrow(/^execution \d+/);
  });
});
