import { describe, test } from 'vitest';
import { Holdfast } from '../../lib/index.ts';
import type { Store } from '../../lib/store/store.ts';
import { type Capability, lackOf } from './capabilities.ts';
import { ENGINES, freshKey, useEngine } from './engines.ts';

/** What two processes do with the thing of that name, and what must come of it. */
export type Play = (a: Holdfast, b: Holdfast, name: string) => Promise<void>;

/** How an instance is made on an engine's table. */
export type Opening = (store: Store, label: string) => Holdfast;

const open: Opening = (store, label) => new Holdfast({ store, label });

/** Plays on every engine that has what each play needs: what a condition means is its to say. */
export function playOnEvery(
  what: string,
  plays: readonly (readonly [title: string, play: Play, ...needs: readonly Capability[]])[],
  opening = open,
): void {
  for (const engine of ENGINES) {
    describe(`${what} on ${engine.name}`, () => {
      const running = useEngine(engine);

      for (const [title, play, ...needs] of plays) {
        test(title, async (context) => {
          if (engine.unavailable !== undefined) context.skip(engine.unavailable);
          for (const need of needs) {
            const lack = lackOf(engine.name, need);
            if (lack !== undefined) context.skip(lack);
          }
          const { pk: name } = freshKey();
          await using a = opening(running().openStore(), 'a');
          await using b = opening(running().openStore(), 'b');
          await play(a, b, name);
        });
      }
    });
  }
}
