import type { Clock } from '../core/clock.ts';
import { HoldfastError } from '../errors.ts';
import { type IdLayout, textOfId, widthOf } from './id-layout.ts';
import type { TickRange } from './reservation.ts';

const WORD = 2 ** 32;
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
const NONE: TickRange = { from: 0, to: 0 };

/**
 * Makes ids out of reserved timestamps. Synchronous, and with no allocation but the id: the clock
 * says which of the reserved timestamps is next, and never whether one may be used.
 */
export class IdIssuer {
  readonly #clock: Clock;
  readonly #title: string;
  /** The largest sequence number of a tick. */
  readonly #last: number;
  readonly #width: number;
  readonly #sequenceScale: number;
  readonly #tickScale: number;
  /** Writing two halves and reading one whole is the cheapest way to a bigint. */
  readonly #halves = new Uint32Array(2);
  readonly #whole = new BigUint64Array(this.#halves.buffer);
  readonly #low = IS_LITTLE_ENDIAN ? 0 : 1;
  /** Ticks less the monotonic clock. */
  #offsetMs = 0;
  #range = NONE;
  #ahead = NONE;
  #tick = -1;
  #sequence: number;
  /** Monotonic time at which the present tick is over. */
  #tickEndsMs = Number.NEGATIVE_INFINITY;
  /** The slot's bits, in place; those of the range that was added last may differ. */
  #slot = 0;
  #aheadSlot = 0;
  #baseLow = 0;
  #baseHigh = 0;
  #baseNumber = 0;

  constructor(clock: Clock, layout: IdLayout, title: string) {
    this.#clock = clock;
    this.#title = title;
    this.#last = 2 ** layout.sequence - 1;
    this.#sequence = this.#last;
    this.#width = widthOf(layout);
    this.#sequenceScale = 2 ** layout.sequence;
    this.#tickScale = 2 ** (layout.slot + layout.sequence);
  }

  /** Where the reserved timestamps end. */
  get end(): number {
    return Math.max(this.#range.to, this.#ahead.to);
  }

  /** From here on no timestamp has been used. */
  get usedUntil(): number {
    return this.#tick + 1;
  }

  /** For how many milliseconds timestamps are reserved, as of now. */
  get leftMs(): number {
    return this.end - Math.max(this.#tick + 1, this.#nowTick());
  }

  /** Adds a range that was reserved under a slot. @param nowTick the table's time */
  add(range: TickRange, slot: number, nowTick: number): void {
    this.#offsetMs = nowTick - this.#clock.monotonicMs();
    const bits = slot * this.#sequenceScale;
    const isEmpty = this.#ahead.to <= this.#ahead.from;
    if (isEmpty && range.from === this.#range.to && bits === this.#slot) {
      this.#range = { from: this.#range.from, to: range.to };
      return;
    }
    const goesOn = !isEmpty && range.from === this.#ahead.to && bits === this.#aheadSlot;
    this.#ahead = goesOn ? { from: this.#ahead.from, to: range.to } : range;
    this.#aheadSlot = bits;
  }

  /** Uses nothing any more. */
  stop(): void {
    this.#range = NONE;
    this.#ahead = NONE;
    this.#sequence = this.#last;
    this.#tickEndsMs = Number.NEGATIVE_INFINITY;
  }

  bigint(): bigint {
    this.#step();
    this.#halves[this.#low] = this.#baseLow + this.#sequence;
    this.#halves[1 - this.#low] = this.#baseHigh;
    return this.#whole[0] as bigint;
  }

  number(): number {
    this.#step();
    return this.#baseNumber + this.#sequence;
  }

  string(): string {
    return textOfId(this.bigint(), this.#width);
  }

  #step(): void {
    if (this.#sequence < this.#last && this.#clock.monotonicMs() < this.#tickEndsMs) {
      this.#sequence += 1;
    } else {
      this.#turn();
    }
  }

  /** Goes on to another tick, or to the same one's next number when no time has passed. */
  #turn(): void {
    const nowTick = this.#nowTick();
    const isLeft = this.#tick < this.#range.to && this.#tick >= this.#range.from;
    if (isLeft && this.#sequence < this.#last && nowTick <= this.#tick) {
      this.#sequence += 1;
      this.#tickEndsMs = this.#tick + 1 - this.#offsetMs;
      return;
    }
    const wanted = Math.max(this.#tick + 1, nowTick);
    const isOver = this.#range.to <= wanted || this.#ahead.from <= wanted;
    if (isOver && this.#ahead.to > this.#ahead.from) {
      this.#range = this.#ahead;
      this.#slot = this.#aheadSlot;
      this.#ahead = NONE;
    }
    // A clock that is behind the range, or ahead of it, does not lead out of it.
    const tick = Math.max(this.#range.from, this.#tick + 1, Math.min(nowTick, this.#range.to - 1));
    if (tick >= this.#range.to) throw this.#exhausted();
    this.#tick = tick;
    this.#sequence = 0;
    this.#tickEndsMs = tick + 1 - this.#offsetMs;
    const perWord = WORD / this.#tickScale;
    this.#baseHigh = Math.floor(tick / perWord);
    this.#baseLow = (tick % perWord) * this.#tickScale + this.#slot;
    this.#baseNumber = tick * this.#tickScale + this.#slot;
  }

  #nowTick(): number {
    return Math.floor(this.#clock.monotonicMs() + this.#offsetMs);
  }

  #exhausted(): HoldfastError {
    return new HoldfastError(
      'ids-exhausted',
      `${this.#title}: no reserved timestamps are left; expected an awaited ready() before, ` +
        'and a table that has answered within the time reserved',
    );
  }
}
