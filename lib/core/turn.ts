/**
 * Waits until everything that is ready to run has run: all microtasks and everything they queue.
 * No time passes by any clock of ours. One turn of the event loop is robust where counting
 * microtasks is not: the count changes with every `await` somebody adds.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A whole turn every so often, or nothing else on the event loop would ever come to its own. */
const TICKS_PER_TURN = 256;

let ticks = 0;

/**
 * The same where nothing is awaited but promises, no input or output and no timer of the platform:
 * Node runs a tick once no microtask is left. A turn of the event loop asks the operating system
 * for news, which takes a third of a simulation's time.
 */
export function nextTick(): Promise<void> {
  ticks = (ticks + 1) % TICKS_PER_TURN;
  if (ticks === 0) return nextTurn();
  return new Promise((resolve) => {
    // Asked for outside of a microtask, a tick would come before all of them.
    queueMicrotask(() => process.nextTick(resolve));
  });
}
