import { bench, describe } from 'vitest';
import { checkLinearizable } from './linearizable.ts';
import { registerModel } from './models.ts';
import { runRegister } from './register-run.ts';
import { demand } from './verdict.ts';

/** `npx vitest bench test/check`: histories a second, unknown outcomes included. */
describe('linearizability of a register', () => {
  for (const [operations, clients] of [
    [120, 3],
    [200, 5],
    [400, 8],
  ] as const) {
    const histories = Array.from({ length: 200 }, (_, seed) =>
      runRegister({ seed, operations, clients, lossRate: 0.05 }),
    );
    let next = 0;
    bench(`${operations} operations, ${clients} clients`, () => {
      demand(checkLinearizable(histories[next % histories.length] ?? [], registerModel()));
      next += 1;
    });
  }
});
