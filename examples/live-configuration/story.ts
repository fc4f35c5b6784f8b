import { machineMs } from '../main-job/clock.ts';
import type { Paper, Style } from '../main-job/paper.ts';

/** Tells the run as it happens, one line an event. */
export class Story {
  readonly #paper: Paper;
  readonly #startMs: number;

  constructor(paper: Paper, startMs: number) {
    this.#paper = paper;
    this.#startMs = startMs;
  }

  tell(who: string, text: string, style?: Style): void {
    const seconds = ((machineMs() - this.#startMs) / 1_000).toFixed(2).padStart(6);
    const told = style === undefined ? text : this.#paper.style(style, text);
    this.#paper.write(`${seconds}  ${who.padEnd(10)}  ${told}`);
  }
}
