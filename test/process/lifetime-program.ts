import { pathToFileURL } from 'node:url';
import type { Library } from '../planted/load.ts';

/**
 * A program with a lock, for the tests of how long it lives: `<library> holds` ends with the lock
 * in its hands, `<library> waits` waits for one that is released half a second later.
 */
const [path = '', role] = process.argv.slice(2);
const { Holdfast, MemoryStore }: Library = await import(pathToFileURL(path).href);
const store = new MemoryStore();
const holdfast = new Holdfast({ store, mode: 'service', label: 'first' });
const hold = await holdfast.lock('it').acquire();

if (role === 'waits') {
  // Nothing but the wait itself may keep the process alive.
  setTimeout(() => void hold.release(), 500).unref();
  const other = new Holdfast({ store, mode: 'service', label: 'second' });
  await other.lock('it').acquire();
}
console.log('held');
