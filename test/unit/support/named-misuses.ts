import { group } from '../../../lib/group/index.ts';
import { names, sequence, slots } from '../../../lib/naming/index.ts';
import type { Misuse } from './misuse.ts';

/** Of names, numbers and groups. */
export const NAMED_MISUSES: readonly Misuse[] = [
  {
    title: 'a name that is another’s, claimed',
    error: ['name-taken', /names 'it': 'Ada' is another's/],
    given: async ({ a, b, run }) => {
      await run(names(a.holdfast, 'it').claim('Ada', { owner: 'a' }));
      return () => names(b.holdfast, 'it').claim('Ada', { owner: 'b' });
    },
  },
  {
    title: 'a name that is another’s, renamed',
    error: ['name-taken', /names 'it': 'Ada' is another's/],
    given: async ({ a, b, run }) => {
      await run(names(a.holdfast, 'it').claim('Ada', { owner: 'a' }));
      return () => names(b.holdfast, 'it').rename('Ada', 'Bob', { owner: 'b' });
    },
  },
  {
    title: 'a name that is renamed to another’s',
    error: ['name-taken', /names 'it': 'Bob' is another's/],
    given: async ({ a, b, run }) => {
      await run(names(a.holdfast, 'it').claim('Ada', { owner: 'a' }));
      await run(names(b.holdfast, 'it').claim('Bob', { owner: 'b' }));
      return () => names(a.holdfast, 'it').rename('Ada', 'Bob', { owner: 'a' });
    },
  },
  {
    title: 'a name under a session of another instance',
    error: ['invalid-argument', /under: expected a session of this instance/],
    given: async ({ a, b, run }) => {
      const under = await run(b.holdfast.session());
      return () => names(a.holdfast, 'it').claim('Ada', { owner: 'a', under });
    },
  },
  {
    title: 'no numbers of a sequence',
    error: ['invalid-argument', /count: expected a whole number from 1/],
    given: async ({ a, run }) => {
      const numbers = sequence(a.holdfast, 'it');
      await run(numbers.take(10));
      return () => numbers.take(0);
    },
  },
  {
    title: 'a slot where none is free',
    error: ['slots-full', /slots 'it'/],
    given: async ({ a, b, run }) => {
      await run(slots(a.holdfast, 'it', { size: 1 }).acquire());
      return () => slots(b.holdfast, 'it', { size: 1 }).acquire();
    },
  },
  {
    title: 'a member that changes what it tells after it has left',
    error: ['closed', /group 'it'.*it has left/],
    given: async ({ a, run }) => {
      const membership = await run(group(a.holdfast, 'it').join({ id: 'a' }));
      await run(membership.leave());
      return () => membership.update({ weight: 2 });
    },
  },
  {
    title: 'a member that tells what no member has',
    error: ['invalid-argument', /options: expected one of address, .*, got 'wieght'/],
    given: async ({ a, run }) => {
      const membership = await run(group(a.holdfast, 'it').join({ id: 'a' }));
      return () => membership.update({ wieght: 2 } as never);
    },
  },
  {
    title: 'a member of less weight than nothing',
    error: ['invalid-argument', /weight: expected a number from 0/],
    given: async ({ a, run }) => {
      const membership = await run(group(a.holdfast, 'it').join({ id: 'a' }));
      return () => membership.update({ weight: -1 });
    },
  },
];
