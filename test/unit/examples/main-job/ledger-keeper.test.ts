import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastNumber, parseLedger } from '../../../../examples/main-job/ledger.ts';
import { LedgerKeeper } from '../../../../examples/main-job/ledger-keeper.ts';

const early = { number: 1, token: 7, process: 'a' };
const later = { number: 2, token: 9, process: 'b' };
const late = { number: 2, token: 7, process: 'a' };

describe('the keeper of the ledger', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-keeper-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('refuses a token lower than one it has accepted, and nothing else', () => {
    const keeper = new LedgerKeeper(join(folder, 'fenced'), { fenced: true });
    const lines = [early, early, later, late, later];
    expect(lines.map((line) => keeper.append(line))).toEqual([
      'accepted',
      'accepted',
      'accepted',
      'refused',
      'accepted',
    ]);
    const text = readFileSync(keeper.path, 'utf8');
    expect(parseLedger(text)).toEqual([early, early, later, later]);
    expect(lastNumber(text)).toBe(2);
    expect(keeper.unfenced).toEqual(lines);
  });

  it('accepts everything without the fence', () => {
    const keeper = new LedgerKeeper(join(folder, 'open'), { fenced: false });
    for (const line of [early, later, late]) expect(keeper.append(line)).toBe('accepted');
    expect(parseLedger(readFileSync(keeper.path, 'utf8'))).toEqual([early, later, late]);
  });

  it('begins with an empty ledger', () => {
    const keeper = new LedgerKeeper(join(folder, 'fenced'), { fenced: true });
    expect(lastNumber(readFileSync(keeper.path, 'utf8'))).toBe(0);
  });
});
