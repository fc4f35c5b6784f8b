import { describe, expect, it } from 'vitest';
import { type DirectoryInput, type DirectoryOutput, directoryModel } from './directory.ts';
import { completed, type History, unknown } from './history.ts';
import { checkLinearizable } from './linearizable.ts';
import { demand } from './verdict.ts';

type Names = History<DirectoryInput, DirectoryOutput>;

const claim = (owner: string): DirectoryInput => ({ kind: 'claim', owner });
const release = (owner: string): DirectoryInput => ({ kind: 'release', owner });
const resolve: DirectoryInput = { kind: 'resolve' };
const claimed: DirectoryOutput = { kind: 'claimed' };
const taken: DirectoryOutput = { kind: 'taken' };
const released: DirectoryOutput = { kind: 'released' };
const notOwned: DirectoryOutput = { kind: 'not-owned' };
const owner = (name?: string): DirectoryOutput => ({ kind: 'owner', owner: name });

describe('a name of a directory', () => {
  it.each<[string, Names]>([
    [
      'is one owner’s until he gives it up',
      [
        completed('a', 1, 2, claim('a'), claimed),
        completed('b', 3, 4, claim('b'), taken),
        completed('c', 5, 6, resolve, owner('a')),
        completed('a', 7, 8, release('a'), released),
        completed('c', 9, 10, resolve, owner()),
        completed('b', 11, 12, claim('b'), claimed),
      ],
    ],
    [
      'may be claimed again by its owner',
      [
        completed('a', 1, 2, claim('a'), claimed),
        completed('a', 3, 4, claim('a'), claimed),
        completed('a', 5, 6, release('a'), released),
        completed('a', 7, 8, release('a'), notOwned),
      ],
    ],
    [
      'may be taken by a claim without an answer',
      [unknown('a', 1, claim('a')), completed('b', 2, 3, claim('b'), taken)],
    ],
  ])('%s', (_, history) => {
    demand(checkLinearizable(history, directoryModel));
  });

  it.each<[string, Names]>([
    [
      'given to two owners',
      [completed('a', 1, 2, claim('a'), claimed), completed('b', 3, 4, claim('b'), claimed)],
    ],
    [
      'forgotten',
      [completed('a', 1, 2, claim('a'), claimed), completed('b', 3, 4, resolve, owner())],
    ],
    [
      'released by somebody else',
      [completed('a', 1, 2, claim('a'), claimed), completed('b', 3, 4, release('b'), released)],
    ],
    ['taken by nobody', [completed('a', 1, 2, claim('a'), taken)]],
    [
      'released without being told so',
      [
        completed('a', 1, 2, claim('a'), claimed),
        completed('a', 3, 4, release('a'), notOwned),
        completed('b', 5, 6, claim('b'), claimed),
      ],
    ],
  ])('is caught when it is %s', (_, history) => {
    const verdict = checkLinearizable(history, directoryModel);
    expect(verdict).toMatchObject({ anomaly: 'not-linearizable' });
  });
});
