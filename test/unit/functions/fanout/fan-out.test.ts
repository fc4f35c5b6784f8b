import { describe, expect, test } from 'vitest';
import * as present from '../../../../functions/fanout/fan-out.ts';
import type { StreamRecord } from '../../../../functions/fanout/stream-record.ts';
import type { WatchedGroup } from '../../../../functions/sentinel/message.ts';
import type { HintMessage } from '../../../../lib/mqtt/message.ts';
import { guarantee } from '../../../planted/control.ts';
import {
  change,
  groupHead,
  join,
  leave,
  publish,
  recordsOf,
  transition,
  type Written,
} from './records.ts';

const OPTIONS = { eventBusName: 'bus', memberMetadata: false };

/** A bus and a broker that note what they take, and refuse or fail as told. */
class Outside {
  readonly requests: string[][] = [];
  readonly hints: HintMessage[] = [];
  refuse: (event: string) => boolean = () => false;
  breakBus = false;
  breakHints: (hint: HintMessage) => boolean = () => false;

  async fanOut(records: readonly StreamRecord[], library = present, options = OPTIONS) {
    return library.fanOut(
      records,
      {
        putEvents: async (entries) => {
          if (this.breakBus) throw new Error('no answer');
          const events = entries.map(({ DetailType, Detail }) => `${DetailType} ${Detail}`);
          this.requests.push(events);
          return events.map((event) => (this.refuse(event) ? 'Throttled' : undefined));
        },
        sendHint: async (hint) => {
          if (this.breakHints(hint)) throw new Error('no broker');
          this.hints.push(hint);
        },
      },
      options,
    );
  }

  get events(): unknown[] {
    return this.requests.flat().map((event) => {
      const space = event.indexOf(' ');
      const { v: _, ...detail } = JSON.parse(event.slice(space));
      return { type: event.slice(0, space), ...detail };
    });
  }
}

function failuresOf(report: present.FanOutReport): string[] {
  return report.response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

describe('a batch', () => {
  test('goes to the bus and, for heads, to the hints', async () => {
    const outside = new Outside();
    const report = await outside.fanOut(
      recordsOf(
        publish('limits', 2),
        join('a'),
        groupHead('resizers', 3),
        transition('election', 'it', 'acquired#9'),
        transition('lock', 'door', 'released#4'),
      ),
    );
    const member = { member: 'a', incarnation: 'life-1', generation: 7, version: 1 };
    const common = { namespace: 'photos' };
    expect(outside.events).toEqual([
      {
        type: 'config.changed',
        ...common,
        name: 'limits',
        revision: 2,
        change: 'changed',
        version: 2,
      },
      { type: 'group.member-joined', ...common, name: 'resizers', ...member },
      {
        type: 'leader.changed',
        ...common,
        name: 'it',
        term: 9,
        change: 'elected',
        leader: 'host/1',
      },
      { type: 'lock.released', ...common, name: 'door', token: 4 },
    ]);
    expect(outside.hints).toEqual([
      { v: 1, ...common, kind: 'config', name: 'limits', revision: 2 },
      { v: 1, ...common, kind: 'group', name: 'resizers', revision: 3 },
    ]);
    expect(report).toMatchObject({ published: 4, hinted: 2, failed: 0, failure: undefined });
    expect(failuresOf(report)).toEqual([]);
  });

  test('tells nobody what was published, proclaimed or said of a member', async () => {
    const outside = new Outside();
    const secrets = {
      ...publish('limits', 2),
      after: { revision: 2, version: 2, document: 'hush' },
    };
    const records = recordsOf(secrets, join('a'), transition('election', 'it', 'proclaimed#9#2'));
    await outside.fanOut(records);
    expect(outside.events).toHaveLength(3);
    expect(JSON.stringify([outside.requests, outside.hints])).not.toContain('hush');
  });

  test('tells what members say of themselves when it is asked for', async () => {
    const outside = new Outside();
    await outside.fanOut(recordsOf(join('a')), present, { ...OPTIONS, memberMetadata: true });
    const said = { state: 'active', address: '10.0.0.7', weight: 1, meta: { secret: 'hush' } };
    expect(outside.events).toMatchObject([{ metadata: said }]);
  });

  test('does not say who leads after a resignation', async () => {
    const outside = new Outside();
    await outside.fanOut(recordsOf(transition('election', 'it', 'released#9')));
    expect(outside.events).toEqual([
      { type: 'leader.changed', namespace: 'photos', name: 'it', term: 9, change: 'resigned' },
    ]);
  });

  test('counts what it skips, and is not held up by it', async () => {
    const outside = new Outside();
    const strange = { key: { pk: 'user', sk: 'a' }, after: {} };
    const spoilt = { key: { pk: 'photos#config#a', sk: 'head' }, after: {} };
    const records = recordsOf(strange, spoilt, change('a', {}), publish('limits', 1));
    const report = await outside.fanOut(records);
    expect(report.skipped).toEqual({ unknown: 1, malformed: 1, unchanged: 1 });
    expect([report.published, failuresOf(report)]).toEqual([1, []]);
  });

  test('is sent in requests of ten', async () => {
    const outside = new Outside();
    await outside.fanOut(recordsOf(...Array.from({ length: 23 }, (_, n) => publish(`c${n}`, 1))));
    expect(outside.requests.map(({ length }) => length)).toEqual([10, 10, 3]);
  });

  test('is sent again from the first request that fails as a whole', async () => {
    const outside = new Outside();
    outside.breakBus = true;
    const report = await outside.fanOut(recordsOf(publish('a', 1), publish('b', 1)));
    expect(failuresOf(report)).toEqual(['100']);
    expect(report).toMatchObject({ failed: 2, failure: 'Error: no answer' });
  });

  test('is not sent on behind a request that failed in part', async () => {
    const outside = new Outside();
    outside.refuse = (event) => event.includes('"c3"');
    const writes = Array.from({ length: 23 }, (_, number) => publish(`c${number}`, 1));
    expect(failuresOf(await outside.fanOut(recordsOf(...writes)))).toEqual(['103']);
    expect(outside.requests.map(({ length }) => length)).toEqual([10]);
  });

  test('is sent again from the hint that failed, while the bus is served', async () => {
    const outside = new Outside();
    outside.breakHints = ({ name }) => name === 'b';
    const records = recordsOf(publish('a', 1), publish('b', 1), publish('c', 1));
    const report = await outside.fanOut(records);
    expect([failuresOf(report), report.published, report.hinted]).toEqual([['101'], 3, 2]);
  });

  test('works without hints', async () => {
    const putEvents = async () => [undefined];
    const records = recordsOf(publish('a', 1));
    const report = await present.fanOut(records, { putEvents }, OPTIONS);
    expect(report).toMatchObject({ published: 1, hinted: 0, response: { batchItemFailures: [] } });
  });
});

describe('several changes of one thing in a batch', () => {
  test('are told by the latest, in whose place a failure counts', async () => {
    const outside = new Outside();
    outside.refuse = (event) => event.includes('"limits"');
    const records = recordsOf(publish('limits', 1), publish('other', 1), publish('limits', 2));
    const report = await outside.fanOut(records);
    expect(outside.events).toMatchObject([{ name: 'other' }, { name: 'limits', version: 2 }]);
    expect([report.coalesced, failuresOf(report)]).toEqual([1, ['102']]);
  });

  test('are kept apart by member, kind and name', async () => {
    const outside = new Outside();
    await outside.fanOut(
      recordsOf(join('a'), join('b'), publish('resizers', 1), leave('a'), publish('x', 1)),
    );
    const told = outside.events.map((event) => (event as { type: string }).type);
    expect(told).toEqual([
      'group.member-joined',
      'config.changed',
      'group.member-left',
      'config.changed',
    ]);
  });
});

guarantee(
  'fan-out: an event that the bus refused is delivered again',
  { without: 'refused-events-forgotten' },
  async (library) => {
    const outside = new Outside();
    outside.refuse = (event) => event.includes('"b"');
    const records = recordsOf(publish('a', 1), publish('b', 1), publish('c', 1));
    return failuresOf(await outside.fanOut(records, library))[0] === '101';
  },
);

guarantee(
  'fan-out: the news that is told of a topic is its latest',
  { without: 'first-change-told' },
  async (library) => {
    const outside = new Outside();
    await outside.fanOut(recordsOf(join('a'), leave('a')), library);
    return JSON.stringify(outside.events).includes('member-left');
  },
);

guarantee(
  'fan-out: a join is told as one, and delivered again as one',
  { without: 'join-told-as-change' },
  async (library) => {
    const outside = new Outside();
    outside.refuse = (event) => event.includes('joined');
    const report = await outside.fanOut(
      recordsOf(join('a'), publish('limits', 1), change('a', { version: 2 })),
      library,
    );
    const isTold = JSON.stringify(outside.events).includes('member-joined');
    return isTold && failuresOf(report)[0] === '100';
  },
);

describe('the sentinel', () => {
  const groupsIn = async (...writes: readonly Written[]) => {
    const started: string[] = [];
    const sendStart = async ({ namespace, group }: WatchedGroup) => {
      started.push(`${namespace}/${group}`);
    };
    const putEvents = async () => Array.from({ length: 10 }, () => undefined);
    const report = await present.fanOut(recordsOf(...writes), { putEvents, sendStart }, OPTIONS);
    expect(report.started).toBe(started.length);
    return started;
  };

  test('is told once of all who have joined a group', async () => {
    expect(await groupsIn(join('a'), join('b'), publish('x', 1))).toEqual(['photos/resizers']);
    expect(await groupsIn(join('a'), change('a', { version: 2 }))).toEqual(['photos/resizers']);
  });

  test('is not told of who changes or leaves', async () => {
    expect(await groupsIn(change('a', { version: 2 }), leave('b'), join('c'), leave('c'))).toEqual(
      [],
    );
  });

  test('is told again when it could not be', async () => {
    const outlets = {
      putEvents: async () => [undefined, undefined],
      sendStart: () => Promise.reject(new Error('no queue')),
    };
    const records = recordsOf(publish('x', 1), join('a'));
    const report = await present.fanOut(records, outlets, OPTIONS);
    expect([failuresOf(report), report.failure]).toEqual([['101'], 'Error: no queue']);
  });
});
