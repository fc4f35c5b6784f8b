import type { Runtime } from '../runtime.ts';

const KNOWN = new WeakMap<Runtime, Map<string, unknown>>();

/** The one object of this instance for a row: two of them would not know each other's numbers. */
export function shared<Thing>(runtime: Runtime, name: string, make: () => Thing): Thing {
  const things = KNOWN.get(runtime) ?? new Map<string, unknown>();
  KNOWN.set(runtime, things);
  const thing = things.has(name) ? (things.get(name) as Thing) : make();
  things.set(name, thing);
  return thing;
}
