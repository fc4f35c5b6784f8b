import { describe, expect, test } from 'vitest';
import { deleteVoidBeat, judgeBeat, parseBeat } from '../../../lib/group/beat-row.ts';
import { digestOf, memberHash } from '../../../lib/group/digest.ts';
import { announce, parseHead, settle } from '../../../lib/group/head-row.ts';
import { parseMember, putMember } from '../../../lib/group/member-row.ts';
import { type GroupRows, planSweep } from '../../../lib/group/sweep-plan.ts';
import { allow, claimSweep, msUntilDue, parseSweep } from '../../../lib/group/sweep-row.ts';
import { changesBetween, cursorOf, isCurrent } from '../../../lib/group/view.ts';
import { parseOwnershipRow } from '../../../lib/lease/row.ts';
import { BEAT, LEASE_MS, MEMBER, member, rowOf, TIME, tableAfter, takes } from './rows.ts';

const HEAD = { pk: 'default#group#it', sk: 'head' };
const NEVER = { sweeps: 0, sweptAt: undefined, heldBack: undefined };

describe('the digest of a group', () => {
  const [a, b] = [member('a'), member('b')];

  test('does not depend on the order, and adds up', () => {
    expect(digestOf([a, b])).toBe(digestOf([b, a]));
    expect(digestOf([a, b]) - memberHash(b)).toBe(digestOf([a]));
    expect(digestOf([])).toBe(0);
  });

  test('differs with each member, life and version', () => {
    const others = [
      member('c'),
      member('a', { incarnation: 'a-2' }),
      member('a', { version: 2 }),
      member('1', { incarnation: 'a-1 1\n' }),
    ];
    const digests = [a, ...others].map((each) => digestOf([each]));
    expect(new Set(digests).size).toBe(digests.length);
  });
});

describe('the head of a group', () => {
  test('counts announcements, and their digests', async () => {
    const store = await tableAfter(announce(HEAD, 5), announce(HEAD, -2, ['x']));
    const head = parseHead(await rowOf(store, HEAD));
    expect(head).toEqual({ revision: 2, digest: 3, expired: ['x'] });
  });

  test('is settled only as it was seen, and keeps the latest names alone', async () => {
    const many = Array.from({ length: 40 }, (_, index) => `${index}`);
    const store = await tableAfter(settle(HEAD, parseHead(undefined), 7, many));
    const head = parseHead(await rowOf(store, HEAD));
    expect(head).toEqual({ revision: 1, digest: 7, expired: many.slice(8) });
    await store.write(announce(HEAD, 1));
    expect(await store.write(settle(HEAD, head, 9, []))).toMatchObject({ kind: 'refused' });
  });

  test.each([{ revision: 'x' }, { revision: 1, digest: 0.5 }, { revision: 1, expired: 1 }])(
    'of another shape is an error: %o',
    (item) => expect(() => parseHead({ ...HEAD, ...item })).toThrow(/expected revision/),
  );
});

describe('the row of a member', () => {
  test('says all that the member told', async () => {
    const told = member('a', { address: 'x:1', zone: 'east', weight: 2, meta: { n: 1 } });
    const store = await tableAfter(putMember(MEMBER, told, undefined));
    expect(parseMember((await rowOf(store, MEMBER)) ?? {})).toEqual(told);
  });

  test('replaces that of a life which is known to be gone, whatever its generation', async () => {
    const ahead = member('a', { incarnation: 'old', generation: 9 });
    const store = await tableAfter(putMember(MEMBER, ahead, undefined));
    const fresh = member('a', { incarnation: 'new', generation: 8 });
    expect((await store.write(putMember(MEMBER, fresh, undefined))).kind).toBe('refused');
    expect((await store.write(putMember(MEMBER, fresh, 'old'))).kind).toBe('applied');
  });

  test.each(['incarnation', 'generation', 'version', 'state', 'weight', 'meta'])(
    'without its %s is an error',
    async (name) => {
      const store = await tableAfter(putMember(MEMBER, member('a'), undefined));
      const { [name]: _, ...rest } = (await rowOf(store, MEMBER)) ?? {};
      expect(() => parseMember(rest)).toThrow(`member#a: attribute '${name}' is undefined`);
    },
  );
});

describe('a beat', () => {
  test('is alive, dead by the clock or by silence, or nobody’s', async () => {
    const store = await tableAfter(takes('one', 7_000));
    const { row } = parseBeat((await rowOf(store, BEAT)) ?? {});
    const end = TIME.latest + LEASE_MS;
    const at = (earliest: number) => ({ earliest, latest: earliest });
    const judge = (earliest: number, isSilent = false) =>
      judgeBeat({ row, time: at(earliest), isSilent });
    expect(judge(end)).toEqual({ kind: 'alive' });
    expect(judge(end + 1)).toEqual({ kind: 'dead', isSilent: false });
    expect(judge(end, true)).toEqual({ kind: 'dead', isSilent: true });
    expect(judgeBeat({ row, time: undefined, isSilent: false })).toEqual({ kind: 'alive' });
    const nobody = parseOwnershipRow(undefined);
    expect(judgeBeat({ row: nobody, time: undefined, isSilent: true })).toEqual({ kind: 'void' });
  });

  test('of nobody is removed, and not one that was taken since', async () => {
    const store = await tableAfter(takes('one', 7_000));
    expect((await store.write(deleteVoidBeat(BEAT, 7_000))).kind).toBe('refused');
    const left = await tableAfter({ kind: 'put', item: { ...BEAT, token: 7_000 } });
    expect((await left.write(deleteVoidBeat(BEAT, 6_999))).kind).toBe('refused');
    expect((await left.write(deleteVoidBeat(BEAT, 7_000))).kind).toBe('applied');
  });
});

describe('a sweep', () => {
  const owner = { label: 'x', renewals: 1, leaseMs: LEASE_MS, ownedSince: 1, session: undefined };
  const beat = (id: string, parts: object = {}) => {
    const row = parseOwnershipRow(undefined);
    const whole = { ...owner, id: `${id}-1`, expiresAt: TIME.latest, ...parts };
    return { id, row: { ...row, token: 1, owner: whole } };
  };
  const rows = (parts: Partial<GroupRows>): GroupRows => {
    return { head: parseHead(undefined), beats: [], members: [], ...parts };
  };
  const context = {
    time: TIME,
    isSilent: () => false,
    row: { ...NEVER, sweeps: 1 },
    wasWell: true,
  };

  test('finds the dead, and the living not', () => {
    const beats = [beat('a', { expiresAt: TIME.earliest - 1 }), beat('b')];
    const plan = planSweep(rows({ beats, members: [member('a'), member('b')] }), context);
    expect(plan.dead.map(({ id }) => id)).toEqual(['a']);
    expect(plan).toMatchObject({ strayBeats: [], strayMembers: [], voids: [], holdsBack: false });
  });

  test('finds members without the beat of their life, and beats long without a member', () => {
    const beats = [
      beat('a', { id: 'a-2' }),
      beat('b', { renewals: 7 }),
      beat('c', { renewals: 8 }),
    ];
    const plan = planSweep(rows({ beats, members: [member('a'), member('d')] }), context);
    expect(plan.strayMembers.map(({ id }) => id)).toEqual(['a', 'd']);
    expect(plan.strayBeats.map(({ id }) => id)).toEqual(['c']);
  });

  test('leaves the rest to the next sweep when too many seem dead, and says so', () => {
    const beats = Array.from({ length: 20 }, (_, index) => beat(`${index}`, { expiresAt: 1 }));
    const plan = planSweep(rows({ beats }), context);
    expect(plan).toMatchObject({ holdsBack: true, allowanceLeft: 0 });
    expect(plan.dead).toHaveLength(3);
    expect(planSweep(rows({ beats: beats.slice(0, 1) }), context).dead).toHaveLength(1);
  });

  test('allows at least one removal, and 15 % of a large group', () => {
    expect(allow(1, 1, 1, NEVER)).toEqual({ removals: 1, holdsBack: false });
    expect(allow(2, 2, 1, NEVER)).toEqual({ removals: 1, holdsBack: true });
    expect(allow(15, 100, 1, NEVER)).toEqual({ removals: 15, holdsBack: false });
    expect(allow(16, 100, 5, { ...NEVER, heldBack: 3 })).toEqual({ removals: 15, holdsBack: true });
  });

  test('is due an interval after the last, by whichever clock says so first', () => {
    const row = { sweeps: 3, sweptAt: TIME.earliest - 400, heldBack: undefined };
    const sight = { row, sinceMs: 100, nowMs: 200, time: TIME, intervalMs: 1_000 };
    expect(msUntilDue(sight)).toBe(600);
    expect(msUntilDue({ ...sight, time: undefined })).toBe(900);
    expect(msUntilDue({ ...sight, nowMs: 5_000, time: undefined })).toBe(0);
    expect(msUntilDue({ ...sight, row: { ...row, sweptAt: 1 } })).toBe(0);
    expect(msUntilDue({ ...sight, row: NEVER })).toBe(0);
  });

  test('is claimed with its number, time and sweeper', async () => {
    const key = { ...HEAD, sk: 'sweep' };
    const store = await tableAfter(claimSweep(key, NEVER, { label: 'host/1', time: TIME }));
    const row = await rowOf(store, key);
    expect(parseSweep(row)).toEqual({ sweeps: 1, sweptAt: TIME.latest, heldBack: undefined });
    expect(row?.sweptBy).toBe('host/1');
    expect(() => parseSweep({ ...key, sweeps: 'x' })).toThrow(/sweep: expected numbers/);
  });
});

describe('two views', () => {
  test('differ by who came, changed, left and expired', () => {
    const before = [member('a'), member('b'), member('c'), member('d')];
    const after = [
      member('a', { version: 2 }),
      member('b'),
      member('d', { incarnation: 'd-2' }),
      member('e'),
    ];
    const changes = changesBetween(before, after, (incarnation) => incarnation === 'c-1');
    expect(changes.map(({ type, member: { id } }) => `${type} ${id}`)).toEqual([
      ...['expired c', 'left d', 'updated a', 'joined d', 'joined e'],
    ]);
    expect(changesBetween(after, after, () => true)).toEqual([]);
  });

  test('have the same cursor when they have the same members', () => {
    const view = { revision: 3, asOf: 1, stale: false, members: [member('a')] };
    const cursor = cursorOf('shop#it', view);
    expect(isCurrent(cursor, 'shop#it', { ...view, revision: 9 })).toBe(true);
    expect(isCurrent(cursor, 'shop#it', { ...view, members: [] })).toBe(false);
    expect(isCurrent(cursor, 'shop#other', view)).toBeUndefined();
    expect(isCurrent(cursorOf('a.b', view), 'a.b', view)).toBe(true);
    expect(isCurrent('nonsense', 'shop#it', view)).toBeUndefined();
  });
});
