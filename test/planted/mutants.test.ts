import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadLibrary } from './load.ts';
import { type Mutant, plant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';

const EXAMPLE: Mutant = {
  name: 'example',
  realBug: 'an example',
  file: 'lib/example.ts',
  find: 'a < b',
  replace: 'a <= b',
};

describe('a planted bug', () => {
  it('replaces the text that it is found by', () => {
    expect(plant(EXAMPLE, 'if (a < b) c();')).toBe('if (a <= b) c();');
  });

  it.each(['', 'a < b; a < b;'])(
    'is refused by a source in which its text is not unique: %o',
    (source) => {
      expect(() => plant(EXAMPLE, source)).toThrow(/'example': its text occurs \d times/);
    },
  );

  it('leaves a library that loads, and that differs from the one as it is', async () => {
    const [asItIs, planted] = await Promise.all([
      loadLibrary(),
      loadLibrary('wall-clock-ignored-in-validity'),
    ]);
    const validity = { monotonicUntilMs: 10, wallUntilMs: 5 };
    const now = { monotonicMs: 0, wallMs: 0 };
    expect(asItIs.remainingMs(validity, now)).toBe(5);
    expect(planted.remainingMs(validity, now)).toBe(10);
  });

  it('is loaded once', () => {
    expect(loadLibrary('no-fence-compare')).toBe(loadLibrary('no-fence-compare'));
  });
});

describe('the planted bugs', () => {
  it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    'fit today’s source: %s',
    (_, mutant) => {
      expect(plant(mutant, readFileSync(mutant.file, 'utf8'))).toContain(mutant.replace);
    },
  );

  it('are shown by a test each', () => {
    const tests = readdirSync('test', { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.startsWith('planted'))
      .map((path) => readFileSync(join('test', path), 'utf8'));
    const unseen = MUTANTS.filter(({ name }) => !tests.some((text) => text.includes(`'${name}'`)));
    expect(unseen.map(({ name }) => name)).toEqual([]);
  });

  it('have names of their own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });
});
