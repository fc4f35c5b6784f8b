import type { History } from './history.ts';
import { HistoryRecorder, type PendingOperation } from './recorder.ts';
import type { Seeded } from './seeded.ts';

export interface AtomicRun<Input, Output> {
  readonly random: Seeded;
  readonly clients: number;
  /** How many operations are called in all. */
  readonly operations: number;
  readonly nextInput: (process: string) => Input;
  /** Takes effect on the object, at one instant. */
  readonly apply: (input: Input, process: string) => Output;
  /** How often an operation gets no answer. Half of those take effect, and late. */
  readonly lossRate?: number;
}

type Client<Input, Output> =
  | { readonly kind: 'idle' }
  | { readonly kind: 'called'; readonly input: Input; readonly pending: PendingOperation<Output> }
  | {
      readonly kind: 'applied';
      readonly output: Output;
      readonly pending: PendingOperation<Output>;
    }
  | { readonly kind: 'unanswered'; readonly input: Input };

/**
 * A history of a real object that does one thing at a time, under clients whose calls, effects and
 * answers interleave at random. Such a history is good by construction, however odd it looks. A
 * client without an answer goes on under a new name, as a process that never returned.
 */
export function runAtomically<Input, Output>(
  run: AtomicRun<Input, Output>,
): History<Input, Output> {
  const { random, lossRate = 0 } = run;
  const recorder = new HistoryRecorder<Input, Output>();
  const clients: Client<Input, Output>[] = Array.from({ length: run.clients }, () => idle);
  const lives = clients.map(() => 0);
  let calls = 0;

  function advance(index: number, client: Client<Input, Output>): Client<Input, Output> {
    const process = `${index}.${lives[index] ?? 0}`;
    switch (client.kind) {
      case 'idle': {
        if (calls === run.operations) return client;
        calls += 1;
        const input = run.nextInput(process);
        return { kind: 'called', input, pending: recorder.call(process, input) };
      }
      case 'called': {
        if (random.chance(lossRate)) return { kind: 'unanswered', input: client.input };
        const output = run.apply(client.input, process);
        return { kind: 'applied', output, pending: client.pending };
      }
      case 'applied':
        client.pending.returned(client.output);
        return idle;
      case 'unanswered':
        // The lost request may still arrive, long after its sender has gone on.
        if (random.chance(0.5)) run.apply(client.input, process);
        lives[index] = (lives[index] ?? 0) + 1;
        return idle;
    }
  }

  const isBusy = () => calls < run.operations || clients.some((client) => client.kind !== 'idle');
  while (isBusy()) {
    const index = random.below(clients.length);
    clients[index] = advance(index, clients[index] ?? idle);
  }
  return recorder.history();
}

const idle = { kind: 'idle' } as const;
