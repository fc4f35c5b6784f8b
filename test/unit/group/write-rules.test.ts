import { parseOwnershipRow } from '../../../lib/lease/row.ts';
import { renew } from '../../../lib/lease/writes.ts';
import { guarantee } from '../../planted/control.ts';
import { BEAT, LEASE_MS, MEMBER, member, rowOf, TIME, tableAfter, takes } from './rows.ts';

const LATER = { earliest: TIME.earliest + 60_000, latest: TIME.latest + 60_000 };

guarantee(
  'rule 26: a beat that was renewed since it was judged is not killed',
  { without: 'group-kill-unconditional' },
  async ({ killBeat }) => {
    const store = await tableAfter(takes('one', 7_000));
    const row = parseOwnershipRow(await rowOf(store, BEAT));
    const renewal = { key: BEAT, id: 'one', token: 7_000, number: 2, leaseMs: LEASE_MS };
    const beat = { time: LATER, session: undefined, expiresAtMin: 0 };
    await store.write(renew({ ...renewal, ...beat, purpose: { kind: 'beat' } }));
    await store.write(killBeat(BEAT, { row, time: TIME, isSilent: true }));
    return (await rowOf(store, BEAT)) !== undefined;
  },
);

guarantee(
  "rule 26: a late copy of an older life's join does not hide the newer life",
  { without: 'group-older-life-wins' },
  async ({ putMember }) => {
    const old = putMember(MEMBER, member('a', { incarnation: 'old', generation: 1 }), undefined);
    const newer = putMember(MEMBER, member('a', { incarnation: 'new', generation: 2 }), undefined);
    const store = await tableAfter(old, newer);
    await store.write(old);
    return (await rowOf(store, MEMBER))?.incarnation === 'new';
  },
);

guarantee(
  'rule 26: a late copy of a change does not undo a later one',
  { without: 'group-late-change-wins' },
  async ({ putMember, changeMember }) => {
    const first = changeMember(MEMBER, member('a', { version: 2 }));
    const second = changeMember(MEMBER, member('a', { version: 3, state: 'draining' }));
    const store = await tableAfter(putMember(MEMBER, member('a'), undefined), first, second);
    await store.write(first);
    return (await rowOf(store, MEMBER))?.state === 'draining';
  },
);

guarantee(
  'rule 26: who removes a life removes no other of the same id',
  { without: 'group-removed-by-id' },
  async ({ putMember, deleteMember }) => {
    const store = await tableAfter(
      putMember(MEMBER, member('a', { incarnation: 'new' }), undefined),
    );
    await store.write(deleteMember(MEMBER, 'old'));
    return (await rowOf(store, MEMBER)) !== undefined;
  },
);

guarantee(
  'rule 27: of two who claim the same sweep one gets it',
  { without: 'group-swept-by-everybody' },
  async ({ claimSweep }) => {
    const key = { pk: 'default#group#it', sk: 'sweep' };
    const row = { sweeps: 4, sweptAt: 1, heldBack: undefined };
    const store = await tableAfter({ kind: 'put', item: { ...key, sweeps: 4 } });
    const claims = ['x', 'y'].map((label) => claimSweep(key, row, { label, time: TIME }));
    const results = await Promise.all(claims.map((claim) => store.write(claim)));
    return results.filter(({ kind }) => kind === 'applied').length === 1;
  },
);

guarantee(
  'rule 28: a sweep that sees most of the group dead holds back',
  { without: 'group-without-breaker' },
  ({ allow }) => {
    const row = { sweeps: 9, sweptAt: undefined, heldBack: undefined };
    return allow(18, 20, 9, row).removals === 3;
  },
);

guarantee(
  'rule 28: the second sweep in a row that sees it is believed',
  { without: 'group-breaker-without-exit' },
  ({ allow }) => {
    const row = { sweeps: 10, sweptAt: undefined, heldBack: 9 };
    return allow(18, 20, 10, row).removals === 18;
  },
);
