import { HoldfastError } from '../errors.ts';
import type { Head, RolloutEntry } from './protocol.ts';
import type { Publisher } from './publisher.ts';
import { elapsedMs, type Rollout } from './rollout.ts';

/** What a rollout is after a change: the version that everybody runs, or the two sides. */
export interface RolloutChange {
  readonly state: 'running' | 'paused' | 'aborted' | 'finished';
  readonly from: number;
  readonly to: number;
}

type Step = 'paused' | 'resumed' | 'aborted' | 'finished';

const STATES = {
  paused: 'paused',
  resumed: 'running',
  aborted: 'aborted',
  finished: 'finished',
} as const;

/**
 * The staged rollout of a document's newest version. A change is one write of the head, after a
 * consistent read of it; one that was made already is none. Processes follow with their next look.
 *
 * ```ts
 * const schedule = { kind: 'linear', percent: 10, everyMs: 60_000 } as const;
 * await limits.publish(next, { rollout: { schedule } });
 * await limits.rollout.abort();
 * ```
 */
export class RolloutControl {
  readonly #publisher: Publisher;

  constructor(publisher: Publisher) {
    this.#publisher = publisher;
  }

  /** Stops it where it is. @throws `rollout-missing`, `clock-unknown` */
  pause(): Promise<RolloutChange> {
    return this.#change('paused');
  }

  /** Lets a paused one go on from where it was. @throws `rollout-missing`, `clock-unknown` */
  resume(): Promise<RolloutChange> {
    return this.#change('resumed');
  }

  /** Sends everybody back to the version before. @throws `rollout-missing`, `clock-unknown` */
  abort(): Promise<RolloutChange> {
    return this.#change('aborted');
  }

  /** Makes the new version everybody's at once. @throws `rollout-missing`, `clock-unknown` */
  finish(): Promise<RolloutChange> {
    return this.#change('finished');
  }

  /**
   * @internal Aborts the rollout of that version if it is one that a rejection ends, or in any
   * case. `false`: there is none.
   */
  async abortRejected(version: number, always = false): Promise<boolean> {
    const isMeant = ({ rollout }: Head) =>
      rollout?.to === version && (always || rollout.abortOnReject);
    const known = this.#publisher.table.poller.state?.head;
    if (known !== undefined && !isMeant(known)) return false;
    let found = false;
    await this.#publisher.changeRollout((head) => {
      found = isMeant(head);
      return found ? this.#wish(head, 'aborted') : undefined;
    });
    return found;
  }

  async #change(step: Step): Promise<RolloutChange> {
    let salt: string | undefined;
    let result: RolloutChange | undefined;
    await this.#publisher.changeRollout((head) => {
      const { rollout } = head;
      // A lost answer is followed by a second look: by then the rollout may be gone, by our hand.
      const isSame = rollout !== undefined && (salt === undefined || salt === rollout.salt);
      if (!isSame && result !== undefined) return undefined;
      if (rollout === undefined) throw this.#missing();
      salt = rollout.salt;
      const { from, to } = rollout;
      result = { state: STATES[step], from, to };
      return this.#wish(head, step);
    });
    if (result === undefined) throw this.#missing();
    return result;
  }

  /** The rollout after the step; `undefined`: it is so already. */
  #wish({ rollout }: Head, step: Step) {
    if (rollout === undefined) return undefined;
    const nowMs = this.#nowMs();
    const entry: RolloutEntry = { what: step, from: rollout.from, to: rollout.to, at: nowMs };
    const next = nextOf(rollout, step, nowMs);
    if (next === rollout) return undefined;
    return { rollout: next, entry };
  }

  #nowMs(): number {
    const { runtime, title } = this.#publisher.table;
    const time = runtime.tableClock.now();
    if (time !== undefined) return Math.floor(time.latest);
    const message = `${title}: no answer of the table says what time it is`;
    throw new HoldfastError('clock-unknown', message);
  }

  #missing(): HoldfastError {
    const message = `${this.#publisher.table.title}: no rollout is under way`;
    return new HoldfastError('rollout-missing', message);
  }
}

function nextOf(rollout: Rollout, step: Step, nowMs: number): Rollout | undefined {
  const { state } = rollout;
  switch (step) {
    case 'finished':
      return undefined;
    case 'aborted':
      return state === 'aborted' ? rollout : { ...rollout, state: 'aborted' };
    case 'paused':
      if (state !== 'running') return rollout;
      return { ...rollout, state: 'paused', pausedMs: elapsedMs(rollout, nowMs) };
    case 'resumed':
      if (state !== 'paused') return rollout;
      return { ...rollout, state: 'running', startedAt: nowMs - rollout.pausedMs };
  }
}
