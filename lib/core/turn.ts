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
