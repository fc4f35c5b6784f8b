import {
  append,
  copy,
  increment,
  remove,
  set,
  setOrRemove,
  type UpdateAction,
} from '../../../lib/store/update.ts';
import type { ValueMap } from '../../../lib/store/value.ts';
import type { Capability } from '../capabilities.ts';

/** Actions, the row that they meet, and what becomes of it. */
export interface UpdateCase {
  readonly title: string;
  /** Attributes besides the key; undefined: there is no row. */
  readonly row: ValueMap | undefined;
  readonly actions: readonly UpdateAction[];
  /** Attributes besides the key, or that the service finds the request invalid. */
  readonly becomes: ValueMap | 'invalid';
  readonly needs?: Capability | undefined;
}

type Row = readonly [
  title: string,
  row: ValueMap | undefined,
  actions: readonly UpdateAction[],
  becomes: ValueMap | 'invalid',
  needs?: Capability,
];

const GAP: Capability = 'append beyond the end';
const SET_PATH: Capability = 'set checks its path';
const REMOVE_PATH: Capability = 'remove checks its path';

const SETS: readonly Row[] = [
  ['set: a new attribute', {}, [set('owner', 'a')], { owner: 'a' }],
  ['set: an attribute that is there', { owner: 'a' }, [set('owner', 'b')], { owner: 'b' }],
  ['set: another type', { owner: 'a' }, [set('owner', [1])], { owner: [1] }],
  ['set: null', { owner: 'a' }, [set('owner', null)], { owner: null }],
  ['set: a row that is missing', undefined, [set('owner', 'a')], { owner: 'a' }],
  ['set: nothing given removes', { owner: 'a' }, [setOrRemove('owner', undefined)], {}],
  ['set: a member', { map: { a: 1 } }, [set(['map', 'b'], 2)], { map: { a: 1, b: 2 } }],
  ['set: a deep member', { map: { a: {} } }, [set(['map', 'a', 'b'], 1)], { map: { a: { b: 1 } } }],
  ['set: an element', { list: [1, 2] }, [set(['list', 0], 9)], { list: [9, 2] }],
  ['set: a member of an element', { list: [{}] }, [set(['list', 0, 'a'], 1)], { list: [{ a: 1 }] }],
  ['set: the position after the last', { list: [1] }, [set(['list', 1], 2)], { list: [1, 2] }],
  ['set: a position beyond', { list: [1] }, [set(['list', 9], 2)], { list: [1, 2] }, GAP],
  [
    'set: two positions beyond, in order of position',
    { list: [1] },
    [set(['list', 20], 'later'), set(['list', 10], 'sooner')],
    { list: [1, 'sooner', 'later'] },
    GAP,
  ],
  ['set: a member of a missing map', {}, [set(['map', 'a'], 1)], 'invalid'],
  ['set: a member of a missing row', undefined, [set(['map', 'a'], 1)], 'invalid'],
  ['set: a member of a string', { map: 'a' }, [set(['map', 'a'], 1)], 'invalid'],
  ['set: a member of null', { map: null }, [set(['map', 'a'], 1)], 'invalid', SET_PATH],
  ['set: a member of a list', { map: [] }, [set(['map', 'a'], 1)], 'invalid'],
  ['set: a position in a missing list', {}, [set(['list', 0], 1)], 'invalid'],
  ['set: a position in a map', { list: {} }, [set(['list', 0], 1)], 'invalid'],
  ['set: through a missing element', { list: [] }, [set(['list', 0, 'a'], 1)], 'invalid', SET_PATH],
];

const queue = [{ id: 'b' }, { id: 'c' }];

const COPIES: readonly Row[] = [
  ['copy: an attribute', { a: 1 }, [copy('b', 'a')], { a: 1, b: 1 }],
  ['copy: a document', { a: { x: [1] } }, [copy('b', 'a')], { a: { x: [1] }, b: { x: [1] } }],
  [
    'copy: a member of an element',
    { queue },
    [copy('owner', ['queue', 1, 'id'])],
    { queue, owner: 'c' },
  ],
  ['copy: null, and not the fallback', { a: null }, [copy('b', 'a', 1)], { a: null, b: null }],
  ['copy: false, and not the fallback', { a: false }, [copy('b', 'a', 1)], { a: false, b: false }],
  ['copy: the fallback when the source is missing', {}, [copy('b', 'a', 1)], { b: 1 }],
  ['copy: the fallback when the row is missing', undefined, [copy('b', 'a', 1)], { b: 1 }],
  [
    'copy: the fallback when the queue is empty',
    { queue: [] },
    [copy('owner', ['queue', 0, 'id'], 'nobody')],
    { queue: [], owner: 'nobody' },
  ],
  ['copy: onto itself', { a: 1 }, [copy('a', 'a')], { a: 1 }],
  [
    'copy: two attributes change places',
    { a: 1, b: 2 },
    [copy('a', 'b'), copy('b', 'a')],
    { a: 2, b: 1 },
  ],
  ['copy: what is removed meanwhile', { a: 1 }, [copy('b', 'a'), remove('a')], { b: 1 }],
  ['copy: a missing attribute', {}, [copy('b', 'a')], 'invalid'],
  ['copy: from a missing row', undefined, [copy('b', 'a')], 'invalid'],
  ['copy: from beyond the end', { queue: [] }, [copy('b', ['queue', 0])], 'invalid'],
  ['copy: into a missing map', { a: 1 }, [copy(['map', 'b'], 'a')], 'invalid'],
  [
    'copy: a map into itself',
    { a: { x: 1 } },
    [copy(['a', 'y'], 'a')],
    { a: { x: 1, y: { x: 1 } } },
    'copies of lists and maps',
  ],
];

const INCREMENTS: readonly Row[] = [
  ['increment: a number', { n: 1 }, [increment('n', 2)], { n: 3 }],
  ['increment: by a negative number', { n: 1 }, [increment('n', -2)], { n: -1 }],
  ['increment: by nothing', { n: 1 }, [increment('n', 0)], { n: 1 }],
  ['increment: a fraction', { n: 0.5 }, [increment('n', 1)], { n: 1.5 }],
  ['increment: a missing number counts as zero', {}, [increment('n', 2)], { n: 2 }],
  ['increment: a missing row', undefined, [increment('n', 1)], { n: 1 }],
  [
    'increment: up to the largest exact number',
    { n: 2 ** 53 - 2 },
    [increment('n', 1)],
    { n: 2 ** 53 - 1 },
  ],
  ['increment: a member', { map: { n: 1 } }, [increment(['map', 'n'], 1)], { map: { n: 2 } }],
  ['increment: a missing member', { map: {} }, [increment(['map', 'n'], 1)], { map: { n: 1 } }],
  ['increment: an element', { list: [1] }, [increment(['list', 0], 1)], { list: [2] }],
  ['increment: a string', { n: '1' }, [increment('n', 1)], 'invalid'],
  ['increment: null', { n: null }, [increment('n', 1)], 'invalid'],
  ['increment: a list', { n: [] }, [increment('n', 1)], 'invalid'],
  ['increment: a member of a missing map', {}, [increment(['map', 'n'], 1)], 'invalid'],
];

const APPENDS: readonly Row[] = [
  ['append: to a list', { list: [1] }, [append('list', 2)], { list: [1, 2] }],
  ['append: several, in order', { list: [] }, [append('list', 1, 2, 3)], { list: [1, 2, 3] }],
  ['append: nothing', { list: [1] }, [append('list')], { list: [1] }],
  ['append: to a missing list', {}, [append('list', { id: 'a' })], { list: [{ id: 'a' }] }],
  ['append: to a missing row', undefined, [append('list', 1)], { list: [1] }],
  ['append: nothing to a missing list', {}, [append('list')], { list: [] }],
  ['append: a list as one element', { list: [] }, [append('list', [1])], { list: [[1]] }],
  [
    'append: to a member',
    { map: { list: [1] } },
    [append(['map', 'list'], 2)],
    { map: { list: [1, 2] } },
  ],
  ['append: to a string', { list: 'a' }, [append('list', 1)], 'invalid'],
  ['append: to a map', { list: {} }, [append('list', 1)], 'invalid'],
  ['append: to null', { list: null }, [append('list', 1)], 'invalid'],
  ['append: to a member of a missing map', {}, [append(['map', 'list'], 1)], 'invalid'],
];

const letters = ['a', 'b', 'c', 'd'];

const REMOVALS: readonly Row[] = [
  ['remove: an attribute', { a: 1, b: 2 }, [remove('a')], { b: 2 }],
  ['remove: a missing attribute', { b: 2 }, [remove('a')], { b: 2 }],
  ['remove: from a missing row, which then exists', undefined, [remove('a')], {}],
  ['remove: a member', { map: { a: 1, b: 2 } }, [remove(['map', 'a'])], { map: { b: 2 } }],
  ['remove: a missing member', { map: {} }, [remove(['map', 'a'])], { map: {} }],
  [
    'remove: the first element',
    { list: letters },
    [remove(['list', 0])],
    { list: ['b', 'c', 'd'] },
  ],
  [
    'remove: an element in the middle',
    { list: letters },
    [remove(['list', 1])],
    { list: ['a', 'c', 'd'] },
  ],
  [
    'remove: the only element, and the list stays',
    { list: [1] },
    [remove(['list', 0])],
    { list: [] },
  ],
  ['remove: a position beyond the end', { list: [1] }, [remove(['list', 1])], { list: [1] }],
  [
    'remove: several positions mean the old ones, rising',
    { list: letters },
    [remove(['list', 0]), remove(['list', 2])],
    { list: ['b', 'd'] },
  ],
  [
    'remove: several positions mean the old ones, falling',
    { list: letters },
    [remove(['list', 3]), remove(['list', 1])],
    { list: ['a', 'c'] },
  ],
  [
    'remove: positions of one list among other paths',
    { list: letters, m: 1, z: 1 },
    [remove(['list', 0]), remove('z'), remove(['list', 2]), remove('m'), remove(['list', 1])],
    { list: ['d'] },
  ],
  [
    'remove: an element and a member of the next one',
    { list: ['a', { x: 1, y: 2 }] },
    [remove(['list', 0]), remove(['list', 1, 'x'])],
    { list: [{ y: 2 }] },
  ],
  ['remove: a position in a missing list', {}, [remove(['list', 0])], 'invalid', REMOVE_PATH],
  ['remove: a position in a map', { list: {} }, [remove(['list', 0])], 'invalid', REMOVE_PATH],
  ['remove: a member of a missing map', {}, [remove(['map', 'a'])], 'invalid', REMOVE_PATH],
  ['remove: a member of a missing row', undefined, [remove(['map', 'a'])], 'invalid', REMOVE_PATH],
];

const TOGETHER: readonly Row[] = [
  ['no actions on a row', { a: 1 }, [], { a: 1 }],
  ['no actions on a missing row, which then exists', undefined, [], {}],
  [
    'hand-over: the first of the queue becomes the owner',
    { owner: 'a', token: 7, queue },
    [copy('owner', ['queue', 0, 'id']), increment('token', 1), remove(['queue', 0])],
    { owner: 'b', token: 8, queue: [{ id: 'c' }] },
  ],
  [
    'set and remove in one list mean the old positions',
    { list: letters },
    [set(['list', 1], 'B'), remove(['list', 0])],
    { list: ['B', 'c', 'd'] },
  ],
  [
    'append by position and remove in one list',
    { list: letters },
    [set(['list', 4], 'e'), remove(['list', 0]), remove(['list', 3])],
    { list: ['b', 'c', 'e'] },
  ],
  [
    'append beyond the end and remove a position that is only then there',
    { list: ['a', 'b'] },
    [set(['list', 9], 'c'), remove(['list', 2])],
    { list: ['a', 'b', 'c'] },
    GAP,
  ],
  [
    'every kind at once',
    { a: 1, n: 1, list: [1], old: true },
    [set('s', 'x'), copy('b', 'a'), increment('n', 1), append('list', 2), remove('old')],
    { a: 1, n: 2, list: [1, 2], s: 'x', b: 1 },
  ],
  ['the same path twice', {}, [set('a', 1), set('a', 2)], 'invalid'],
  ['set and remove of the same path', { a: 1 }, [set('a', 1), remove('a')], 'invalid'],
  ['a path inside another', { a: {} }, [set('a', {}), set(['a', 'b'], 1)], 'invalid'],
  [
    'a list and a map at one path',
    { a: {} },
    [set(['a', 'b'], 1), remove(['a', 0])],
    'invalid',
    'conflicting paths',
  ],
  ['set of the partition key', {}, [set('pk', 'x')], 'invalid'],
  ['removal of the sort key', {}, [remove('sk')], 'invalid'],
];

const NAMES: readonly string[] = [
  ...['name', 'owner', 'ttl', 'size', 'SET', '_txl', 'a-b', 'a.b', 'a b', 'a[0]', '#a', ':a', '9'],
  ...['\u00E9', '\u{1F600}', 'x'.repeat(255)],
];

const ODD_NAMES: readonly Row[] = NAMES.map((name) => [
  `an attribute called ${name.length > 20 ? `x, ${name.length} times` : name}`,
  { [name]: 1, map: { [name]: 1 } },
  [increment(name, 1), increment(['map', name], 1)],
  { [name]: 2, map: { [name]: 2 } },
]);

export const UPDATE_CASES: readonly UpdateCase[] = [
  ...[SETS, COPIES, INCREMENTS, APPENDS, REMOVALS, TOGETHER, ODD_NAMES].flat(),
].map(([title, row, actions, becomes, needs]) => ({ title, row, actions, becomes, needs }));
