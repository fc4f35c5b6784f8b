/** A timer that waits in a {@link TimerQueue}. */
export interface QueuedTimer {
  readonly dueMs: number;
  readonly sequence: number;
  readonly keepsProcessAlive: boolean;
  /** Undefined once cancelled or fired: the closure must not outlive its use. */
  callback: (() => void) | undefined;
}

/**
 * Timers in the order in which they fire: by time, then by the order in which they were started,
 * so that two timers for the same instant never depend on chance. A binary heap; a cancelled timer
 * stays in it, empty, until its time comes.
 */
export class TimerQueue {
  readonly #heap: QueuedTimer[] = [];
  #sequence = 0;
  #pending = 0;
  #keepingAlive = 0;

  /** How many timers wait. */
  get pending(): number {
    return this.#pending;
  }

  /** How many of them would keep a process alive. */
  get keepingAlive(): number {
    return this.#keepingAlive;
  }

  add(dueMs: number, keepsProcessAlive: boolean, callback: () => void): QueuedTimer {
    const timer = { dueMs, sequence: this.#sequence++, keepsProcessAlive, callback };
    this.#heap.push(timer);
    this.#rise(this.#heap.length - 1);
    this.#count(timer, 1);
    return timer;
  }

  cancel(timer: QueuedTimer): void {
    if (timer.callback === undefined) return;
    timer.callback = undefined;
    this.#count(timer, -1);
  }

  /** When the next timer fires, or undefined when none waits. */
  nextDueMs(): number | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.dueMs;
  }

  /** Takes the next timer out and returns what it calls. */
  take(): (() => void) | undefined {
    this.#dropCancelled();
    const timer = this.#removeFirst();
    const callback = timer?.callback;
    if (timer !== undefined) this.cancel(timer);
    return callback;
  }

  #count(timer: QueuedTimer, by: 1 | -1): void {
    this.#pending += by;
    if (timer.keepsProcessAlive) this.#keepingAlive += by;
  }

  #dropCancelled(): void {
    while (this.#heap.length > 0 && this.#heap[0]?.callback === undefined) this.#removeFirst();
  }

  #removeFirst(): QueuedTimer | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink();
    }
    return first;
  }

  #rise(from: number): void {
    const heap = this.#heap;
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!firesBefore(heap[index], heap[parent])) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let earliest = index;
      if (firesBefore(heap[left], heap[earliest])) earliest = left;
      if (firesBefore(heap[right], heap[earliest])) earliest = right;
      if (earliest === index) return;
      this.#swap(index, earliest);
      index = earliest;
    }
  }

  #swap(one: number, other: number): void {
    const heap = this.#heap;
    [heap[one], heap[other]] = [heap[other] as QueuedTimer, heap[one] as QueuedTimer];
  }
}

function firesBefore(one: QueuedTimer | undefined, other: QueuedTimer | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.sequence < other.sequence);
}
