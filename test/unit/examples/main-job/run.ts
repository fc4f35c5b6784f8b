import type { JobEvent, JobHistory } from '../../../../examples/main-job/history.ts';
import type { LedgerLine } from '../../../../examples/main-job/ledger.ts';
import type { Answer, Prize } from '../../../../examples/main-job/messages.ts';

/** Writes the history of a run, one deed at a time. Tests bend it where it must break. */
export class Run {
  readonly #events: JobEvent[] = [];
  readonly #ledger: LedgerLine[] = [];
  readonly #unfenced: LedgerLine[] = [];

  get history(): JobHistory {
    const [events, ledger, unfenced] = [this.#events, this.#ledger, this.#unfenced];
    return { events, ledger, unfenced, leaseMs: 3_000 };
  }

  add(...events: readonly JobEvent[]): this {
    this.#events.push(...events);
    return this;
  }

  start(process: string, atMs = 0): this {
    return this.add({ kind: 'started', atMs, process }, { kind: 'ready', atMs, process });
  }

  grant(of: Prize, process: string, token: number, atMs: number): this {
    return this.add({ kind: 'granted', of, process, token, atMs });
  }

  giveUp(of: Prize, process: string, token: number, atMs: number): this {
    return this.add({ kind: 'giving-up', of, process, token, atMs, requests: token });
  }

  /** One turn with the lock: a line written and acknowledged, from `atMs` for 10 ms. */
  turn(process: string, token: number, atMs: number, number: number): this {
    this.grant('lock', process, token, atMs).write(process, token, atMs + 5, number);
    return this.giveUp('lock', process, token, atMs + 10);
  }

  /** A write that both stores answer alike. */
  write(
    process: string,
    token: number,
    atMs: number,
    line: number,
    answer: Answer = 'accepted',
  ): this {
    this.#unfenced.push({ number: line, token, process });
    if (answer === 'accepted') this.#ledger.push({ number: line, token, process });
    return this.add({ kind: 'wrote', process, token, atMs, line, table: answer, keeper: answer });
  }

  /** A line in the ledger of which no process has heard. */
  appendUnheard(process: string, token: number, number: number): this {
    this.#unfenced.push({ number, token, process });
    this.#ledger.push({ number, token, process });
    return this;
  }

  kill(process: string, atMs: number): this {
    return this.add({ kind: 'killed', atMs, process }, { kind: 'exited', atMs: atMs + 2, process });
  }

  observe(process: string, term: number, version: number, atMs: number): this {
    return this.add({ kind: 'observed', process, term, version, lines: 0, atMs });
  }
}

/**
 * A good run. Three processes take turns; `b` is killed with the lock, `c` is stopped with it and
 * tries its late write; `a` leads, is killed, and `c` leads after it. `d` replaces `b`.
 */
export function goodRun(): Run {
  const run = new Run().start('a').start('b').start('c');
  run.grant('election', 'a', 50, 100).observe('a', 50, 1, 200).observe('a', 50, 2, 700);
  run.turn('a', 101, 200, 1).turn('b', 102, 300, 2);
  run.grant('lock', 'b', 103, 400).appendUnheard('b', 103, 3).kill('b', 410).start('d', 420);
  run.turn('c', 104, 3_600, 4);
  run.kill('a', 3_700).grant('election', 'c', 51, 7_000).observe('c', 51, 1, 7_100);
  run.grant('lock', 'c', 105, 7_200).add({ kind: 'stopped', atMs: 7_210, process: 'c' });
  run.turn('d', 106, 10_500, 5);
  run.add({ kind: 'resumed', atMs: 10_600, process: 'c' });
  run.write('c', 105, 10_610, 5, 'refused').add(lossOf('c', 105, 10_605, 9_900));
  run.giveUp('lock', 'c', 105, 10_620).turn('c', 107, 10_700, 6);
  run.giveUp('election', 'c', 51, 12_000).add({ kind: 'exited', atMs: 12_100, process: 'c' });
  return run;
}

export function lossOf(
  process: string,
  token: number,
  atMs: number,
  believedUntilMs: number,
): JobEvent {
  return { kind: 'lost', of: 'lock', reason: 'paused', process, token, atMs, believedUntilMs };
}
