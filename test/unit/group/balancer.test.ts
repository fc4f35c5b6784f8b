import { describe, expect, test } from 'vitest';
import { Balancer, type BalancerOptions } from '../../../lib/group/balancer.ts';
import type { GroupMember } from '../../../lib/group/index.ts';
import { ownersOf } from '../../../lib/group/rendezvous.ts';
import { runtimeOf } from '../../../lib/runtime.ts';
import { Stage } from '../support/stage.ts';
import { member } from './rows.ts';

/** A balancer over members that a test may change. */
class Scene {
  readonly stage = new Stage();
  readonly balancer: Balancer;
  #members: readonly GroupMember[];

  constructor(members: readonly GroupMember[], options: BalancerOptions = {}) {
    this.#members = members;
    const { holdfast } = this.stage.actor('a');
    this.balancer = new Balancer(this, runtimeOf(holdfast), options);
  }

  readonly name = 'it';

  get current() {
    return { revision: 1, asOf: 1, stale: false, members: this.#members };
  }

  becomes(members: readonly GroupMember[]): void {
    this.#members = members;
  }

  /** How often each member is picked, and given back at once. */
  picks(count: number): Readonly<Record<string, number>> {
    const picked: Record<string, number> = {};
    for (let index = 0; index < count; index += 1) {
      using pick = this.balancer.pick();
      picked[pick.member.id] = (picked[pick.member.id] ?? 0) + 1;
    }
    return picked;
  }

  fail(id: string, times: number): void {
    for (let left = times; left > 0; ) {
      const pick = this.balancer.pick();
      if (pick.member.id !== id) pick.done();
      else {
        pick.failed();
        left -= 1;
      }
    }
  }
}

const ABC = ['a', 'b', 'c'].map((id) => member(id));

describe('a balancer', () => {
  test('goes round, one after the other', () => {
    const scene = new Scene(ABC, { strategy: 'round-robin' });
    expect(scene.picks(300)).toEqual({ a: 100, b: 100, c: 100 });
  });

  test('draws at random, evenly', () => {
    const counts = Object.values(new Scene(ABC, { strategy: 'random' }).picks(3_000));
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  test('draws by weight, and never who has none', () => {
    const members = [member('a', { weight: 3 }), member('b'), member('c', { weight: 0 })];
    const { a = 0, b = 0, c } = new Scene(members, { strategy: 'weighted' }).picks(4_000);
    expect(Math.abs(a - 3_000)).toBeLessThan(200);
    expect(a + b).toBe(4_000);
    expect(c).toBeUndefined();
  });

  test('of two choices takes the one with less to do, for its weight', () => {
    const scene = new Scene([member('a'), member('b', { weight: 3 })]);
    const load: Record<string, number> = {};
    for (let index = 0; index < 40; index += 1) {
      const { id } = scene.balancer.pick().member;
      load[id] = (load[id] ?? 0) + 1;
    }
    expect(load).toEqual({ a: 10, b: 30 });
  });

  test('counts work under way also when the group has changed meanwhile', () => {
    const scene = new Scene(ABC.slice(0, 2));
    const first = scene.balancer.pick();
    const other = first.member.id === 'a' ? 'b' : 'a';
    scene.becomes(ABC.slice(0, 2).map((each) => ({ ...each, version: 2 })));
    expect(scene.balancer.pick().member.id).toBe(other);
    first.done();
    // Saying it twice changes nothing.
    first.done();
    expect(scene.balancer.pick().member.id).toBe(first.member.id);
  });

  test('sends nothing new to those who drain, as long as there are others', () => {
    const draining = member('a', { state: 'draining' });
    expect(new Scene([draining, member('b')]).picks(50)).toEqual({ b: 50 });
    expect(new Scene([draining]).picks(5)).toEqual({ a: 5 });
  });

  test('picks none of those that were tried, as long as there are others', () => {
    const { balancer } = new Scene(ABC);
    const [a, b, c] = ABC as [GroupMember, GroupMember, GroupMember];
    expect(balancer.pick({ except: [a, b] }).member.id).toBe('c');
    expect(['a', 'b', 'c']).toContain(balancer.pick({ except: [a, b, c] }).member.id);
  });

  test('says why there is nobody', () => {
    const nobody = { code: 'no-member', message: expect.stringContaining('no member') };
    expect(() => new Scene([]).balancer.pick()).toThrow(expect.objectContaining(nobody));
    const { holdfast } = new Stage().actor('a');
    const source = { name: 'it', current: undefined };
    const unknown = new Balancer(source, runtimeOf(holdfast), {});
    expect(() => unknown.pick()).toThrow(/nothing follows it/);
    expect(() => unknown.owner('key')).toThrow(/nothing follows it/);
  });

  test.each([{ strategy: 'best' }, { zoneMin: 0 }, { outliers: { failures: 0 } }, { zones: 'a' }])(
    'refuses %o',
    (options) => {
      const make = () => new Scene([], options as never);
      expect(make).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    },
  );
});

describe('zones', () => {
  const members = [
    ...['a', 'b'].map((id) => member(id, { zone: 'east' })),
    ...['c', 'd'].map((id) => member(id, { zone: 'west' })),
  ];

  test('keep the work while they have enough members, and let it spill over when not', () => {
    const scene = new Scene(members, { strategy: 'round-robin', zone: 'east' });
    expect(scene.picks(10)).toEqual({ a: 5, b: 5 });
    scene.becomes(members.slice(1));
    expect(scene.picks(9)).toEqual({ b: 3, c: 3, d: 3 });
    const single = new Scene(members.slice(1), { zone: 'east', zoneMin: 1 });
    expect(single.picks(9)).toEqual({ b: 9 });
  });

  test('let it spill over also when their members rest', () => {
    const scene = new Scene(members, { zone: 'east', outliers: { failures: 1, partMax: 0.5 } });
    scene.fail('a', 1);
    expect(Object.keys(scene.picks(200)).toSorted()).toEqual(['b', 'c', 'd']);
  });
});

describe('outliers', () => {
  test('rest after failures in a row, for longer each time, and come back', async () => {
    const scene = new Scene(ABC, { outliers: { failures: 3, restMs: 1_000 } });
    scene.fail('a', 2);
    scene.picks(50);
    scene.fail('a', 2);
    expect(scene.picks(50)).toHaveProperty('a');
    scene.fail('a', 3);
    expect(scene.picks(50)).not.toHaveProperty('a');
    await scene.stage.advance(1_001);
    expect(scene.picks(50)).toHaveProperty('a');
    scene.fail('a', 3);
    await scene.stage.advance(1_001);
    expect(scene.picks(50)).not.toHaveProperty('a');
    await scene.stage.advance(1_000);
    expect(scene.picks(50)).toHaveProperty('a');
  });

  test('are never more than their part of the members, and one at least', () => {
    const ten = Array.from({ length: 10 }, (_, index) => member(`${index}`));
    const scene = new Scene(ten, { outliers: { failures: 1, partMax: 0.3 } });
    for (const { id } of ten.slice(0, 5)) scene.fail(id, 1);
    expect(Object.keys(scene.picks(2_000))).toHaveLength(7);
    const three = new Scene(ABC, { outliers: { failures: 1, partMax: 0 } });
    for (const { id } of ABC) three.fail(id, 1);
    expect(Object.keys(three.picks(200))).toHaveLength(2);
  });

  test('are never the last member', () => {
    const scene = new Scene(ABC.slice(0, 1), { outliers: { failures: 1, partMax: 1 } });
    scene.fail('a', 10);
    expect(scene.picks(3)).toEqual({ a: 3 });
    const two = new Scene(ABC.slice(0, 2), { outliers: { failures: 1, partMax: 1 } });
    two.fail('a', 1);
    two.fail('b', 10);
    expect(two.picks(3)).toEqual({ b: 3 });
  });

  test('begin with a clean slate when they restart', () => {
    const scene = new Scene(ABC, { outliers: { failures: 1 } });
    scene.fail('a', 1);
    scene.becomes([member('a', { incarnation: 'a-2' }), ...ABC.slice(1)]);
    expect(scene.picks(100)).toHaveProperty('a');
  });

  test('are found by using() when it rejects', async () => {
    const scene = new Scene(ABC.slice(0, 2), { outliers: { failures: 1 } });
    const down = new Error('connection refused');
    let failed: string | undefined;
    const work = async (each: GroupMember) => {
      failed = each.id;
      throw down;
    };
    await expect(scene.balancer.using(work)).rejects.toBe(down);
    expect(scene.picks(20)).not.toHaveProperty(failed ?? '');
    expect(await scene.balancer.using(({ id }) => id)).not.toBe(failed);
  });
});

describe('owners of keys', () => {
  const keys = Array.from({ length: 2_000 }, (_, index) => `key/${index}`);
  const ten = Array.from({ length: 10 }, (_, index) => member(`host-${index}`));
  const ownerOf = (members: readonly GroupMember[], key: string) =>
    ownersOf(members, key, 1)[0]?.id;

  test('are spread evenly, or by weight', () => {
    const counts = new Map<string | undefined, number>();
    const heavy = ten.map((each, index) => (index === 0 ? { ...each, weight: 3 } : each));
    for (const key of keys) {
      const owner = ownerOf(heavy, key);
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    const share = keys.length / 12;
    for (const { id, weight } of heavy) {
      expect(Math.abs((counts.get(id) ?? 0) / (weight * share) - 1), id).toBeLessThan(0.3);
    }
  });

  test('change only for the keys of a member that comes or goes', () => {
    const fewer = ten.slice(1);
    const moved = keys.filter((key) => ownerOf(ten, key) !== ownerOf(fewer, key));
    expect(moved.length).toBeGreaterThan(100);
    expect(moved.every((key) => ownerOf(ten, key) === ten[0]?.id)).toBe(true);
  });

  test('are several different ones, the first as without replicas', () => {
    const { balancer } = new Scene(ten);
    for (const key of keys.slice(0, 50)) {
      const owners = balancer.owners(key, { replicas: 3 });
      expect(new Set(owners.map(({ id }) => id)).size).toBe(3);
      expect(owners[0]).toBe(balancer.owner(key));
    }
    expect(balancer.owners('key', { replicas: 99 })).toHaveLength(10);
  });

  test('are worked out once for a view', () => {
    const scene = new Scene(ten);
    expect(scene.balancer.owners('key')).toBe(scene.balancer.owners('key'));
    const before = scene.balancer.owners('key');
    scene.becomes(ten.filter(({ id }) => id !== before[0]?.id));
    expect(scene.balancer.owners('key')).not.toEqual(before);
  });
});
