import { describe, expect, it } from 'vitest';
import { checkAmbient } from './ambient.ts';
import { type Finding, sources } from './source.ts';

function ambient(text: string, path = 'lib/lock/lock.ts'): Finding[] {
  return checkAmbient(sources({ [path]: text }));
}

describe('clocks, timers and chance', () => {
  it.each([
    ['setTimeout(run, 5);'],
    ['const timer = setInterval;'],
    ['const now = Date.now();'],
    ['const now = new Date();'],
    ['const now = Date();'],
    ['const start = performance.now();'],
    ['const luck = Math.random();'],
    ["const luck = Math['random']();"],
    ['const id = crypto.randomUUID();'],
    ['const signal = AbortSignal.timeout(5);'],
    ['const start = process.hrtime.bigint();'],
    ['globalThis.setTimeout(run, 5);'],
    ['const tools = { performance };'],
    ['const options = { clock: Date };'],
    ["import { setTimeout as wait } from 'node:timers/promises';"],
    ["import { performance as p } from 'node:perf_hooks';"],
    ["import { randomUUID } from 'node:crypto';"],
    ["import * as all from 'crypto';"],
  ])('are found in: %s', (text) => {
    expect(ambient(text)).toEqual([expect.stringMatching(/^lib\/lock\/lock\.ts:1 /)]);
  });

  it.each([
    ['// setTimeout(run, 5)'],
    ["const text = 'Date.now()';"],
    ['const ms = Date.parse(header);'],
    ['const text = new Date(epochMs).toISOString();'],
    ['const valid = value instanceof Date;'],
    ['function on(day: Date): AbortSignal { return day as never; }'],
    ['const bound = Math.min(1, 2);'],
    ['const any = AbortSignal.any([]);'],
    ['const mode = process.env.MODE;'],
    ['clock.setTimeout(1); const a = { performance: 1 }.performance;'],
    ["import { createHash } from 'node:crypto';"],
    ["import type { randomUUID } from 'node:crypto';"],
  ])('are not seen in: %s', (text) => {
    expect(ambient(text)).toEqual([]);
  });

  it('are allowed in core and outside the library', () => {
    expect(ambient('Date.now();', 'lib/core/clock.ts')).toEqual([]);
    expect(ambient('Date.now();', 'test/a.ts')).toEqual([]);
    expect(ambient('Date.now();', 'lib/core/retry.ts')).toHaveLength(1);
  });
});
