import { HoldfastError } from '../errors.ts';
import type { CloseReport } from '../lease/close.ts';
import { insist, type Move, type Sight } from '../lease/insist.ts';
import { RecordClient } from '../lease/record-client.ts';
import type { WaitOptions } from '../lease/wait.ts';
import type { Runtime } from '../runtime.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import type { Key } from '../store/value.ts';
import {
  arrive,
  type BarrierRow,
  createBarrier,
  parseBarrierRow,
  resetBarrier,
  withdrawArrival,
} from './barrier-row.ts';
import { pollUntil } from './poll.ts';

/** Which generations a party may come to. */
export interface Attendance {
  readonly id: string;
  readonly declared: number;
  /**
   * What the row says of a party before it comes: `met`, there is nothing to come to any more;
   * `stranger`, the meeting is not its own.
   */
  readonly standing: (row: BarrierRow) => 'may-come' | 'met' | 'stranger';
  /** Whether nobody can come before the row has been made. */
  readonly isExit?: boolean;
}

/** What coming has led to so far. */
interface Coming {
  readonly kind: 'met' | 'waits';
  readonly generation: number;
}

/** All that one process does with one barrier's row. */
export class Meeting {
  readonly name: string;
  readonly client: RecordClient<BarrierRow>;
  readonly #runtime: Runtime;
  readonly #work = new Set<Promise<unknown>>();
  readonly #never = new AbortController().signal;

  constructor(runtime: Runtime, name: string, key: Key) {
    this.name = name;
    this.#runtime = runtime;
    this.client = new RecordClient(runtime, key, parseBarrierRow);
  }

  get isIdle(): boolean {
    return this.#work.size === 0;
  }

  /** Waits until nobody of this process waits at the barrier. Call it once the instance closes. */
  async close(): Promise<CloseReport> {
    await Promise.allSettled(this.#work);
    return { released: 0, unreleased: [] };
  }

  /** Comes, and waits until all have met. Returns the generation in which they did. */
  attend(attendance: Attendance, wait: WaitOptions): Promise<number> {
    const work = this.#attend(attendance, wait);
    const entry: Promise<unknown> = work.then(
      () => this.#work.delete(entry),
      () => this.#work.delete(entry),
    );
    this.#work.add(entry);
    return work;
  }

  /** Ends the meeting that is being waited for; the next one is `next` of its generation. */
  async reset(declared: number, next: (generation: number) => number): Promise<void> {
    let target: number | undefined;
    await insist(this.#runtime, this.client, this.name, ({ row, isFresh }): Move<true> => {
      if (row === undefined || !isFresh) return { kind: 'read' };
      target ??= row.generation;
      // Reset by us or by others, or held meanwhile: that meeting is over.
      if (!row.exists || row.generation > target) return { kind: 'done', result: true };
      if (row.declared !== declared)
        return { kind: 'refuse', error: this.#mismatch(row, declared) };
      return { kind: 'write', request: resetBarrier(this.client.key, row, next(target)) };
    });
  }

  /** The row by one consistent read. */
  async read(): Promise<BarrierRow> {
    const reading = await this.client.read(true);
    if (reading.kind === 'read') return reading.row;
    throw errorOfFailure(`reading ${this.name}`, reading.failure);
  }

  async #attend(attendance: Attendance, wait: WaitOptions): Promise<number> {
    wait.signal?.throwIfAborted();
    const coming = await this.#come(attendance);
    if (coming.kind === 'met') return coming.generation;
    const { generation } = coming;
    const ended = (row: BarrierRow) => this.#endOf(row, generation);
    try {
      const end = await pollUntil(this.#runtime, this.client, this.name, ended, wait);
      if (end === 'met') return generation;
    } catch (error) {
      // Only the table can say whether the meeting took place before we went. If it does not, that
      // is the error: whoever was told of a mere timeout would take himself for counted out.
      const end = await this.#withdraw(attendance.id, generation);
      if (end === 'met') return generation;
      throw error;
    }
    throw this.#broken();
  }

  async #come(attendance: Attendance): Promise<Coming> {
    let tried: number | undefined;
    const decide = (sight: Sight<BarrierRow>): Move<Coming> => {
      const move = this.#next(sight, attendance, tried);
      if (move.kind === 'write') tried ??= sight.row?.generation;
      return move;
    };
    try {
      return await insist(this.#runtime, this.client, this.name, decide);
    } catch (error) {
      // An arrival without an answer may be in the row.
      const { id } = attendance;
      if (tried !== undefined) await this.#withdraw(id, tried).catch(() => undefined);
      throw error;
    }
  }

  #next(sight: Sight<BarrierRow>, attendance: Attendance, tried: number | undefined): Move<Coming> {
    const { row, isFresh } = sight;
    const { id, declared } = attendance;
    const { key } = this.client;
    const time = this.client.time();
    if (row === undefined) return { kind: 'read' };
    if (!row.exists && attendance.isExit !== true) {
      return { kind: 'write', request: createBarrier({ key, id, declared, time }) };
    }
    if (!row.exists) return { kind: 'refuse', error: this.#stranger(id) };
    if (row.declared !== declared) return { kind: 'refuse', error: this.#mismatch(row, declared) };
    const mayHaveCome = tried !== undefined && (sight.isApplied || sight.isUnsure);
    if (mayHaveCome && row.generation > tried) {
      if (row.broken.includes(tried)) return { kind: 'refuse', error: this.#broken() };
      const isKnown = row.generation === tried + 1;
      // Who met before the last meeting is not in the row any more.
      if (!isKnown) return { kind: 'refuse', error: this.#forgotten() };
      if (row.lastParties.has(id)) {
        return { kind: 'done', result: { kind: 'met', generation: tried } };
      }
    }
    const { generation } = row;
    const own = row.parties.get(id);
    const standing = attendance.standing(row);
    // What we remember may be old: nothing but a write is founded on it.
    if (!isFresh && (own?.waits === true || standing !== 'may-come')) return { kind: 'read' };
    if (own?.waits === true) {
      return { kind: 'done', result: { kind: 'waits', generation } };
    }
    if (standing === 'met') {
      return { kind: 'done', result: { kind: 'met', generation: generation - 1 } };
    }
    if (standing === 'stranger') {
      return { kind: 'refuse', error: this.#stranger(id) };
    }
    return { kind: 'write', request: arrive({ key, id, seen: row, declared, time }) };
  }

  /** What became of the meeting in `generation`, as far as the row tells. */
  #endOf(row: BarrierRow, generation: number): 'met' | 'broken' | undefined {
    if (row.generation <= generation) return undefined;
    return row.broken.includes(generation) ? 'broken' : 'met';
  }

  #withdraw(id: string, generation: number) {
    const decide = ({ row, isFresh }: Sight<BarrierRow>): Move<'met' | 'broken' | 'withdrawn'> => {
      if (row === undefined) return { kind: 'read' };
      const end = this.#endOf(row, generation);
      if (end !== undefined && isFresh) return { kind: 'done', result: end };
      const own = row.parties.get(id);
      if (own?.waits !== true) {
        return isFresh ? { kind: 'done', result: 'withdrawn' } : { kind: 'read' };
      }
      const request = withdrawArrival(this.client.key, id, generation, own.attempt);
      return { kind: 'write', request };
    };
    // Also while the instance closes: whoever stays behind as arrived would be counted.
    return insist(this.#runtime, this.client, this.name, decide, this.#never);
  }

  #mismatch(row: BarrierRow, declared: number): HoldfastError {
    const message = `${this.name}: declared with ${row.declared} parties, not with ${declared}`;
    return new HoldfastError('count-mismatch', message);
  }

  #broken(): HoldfastError {
    return new HoldfastError('barrier-broken', `${this.name}: reset while its parties waited`);
  }

  #stranger(id: string): HoldfastError {
    return new HoldfastError('not-a-party', `${this.name}: '${id}' is not of those inside`);
  }

  #forgotten(): HoldfastError {
    const message = `${this.name}: two meetings took place before the table answered`;
    return new HoldfastError('store-unavailable', message);
  }
}
