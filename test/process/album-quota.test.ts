import { beforeAll, describe, expect, test } from 'vitest';
import { buildScene, SCENE_TIMEOUT_MS, startScene } from './support/scene.ts';

const NAME = 'album-quota';
beforeAll(() => buildScene(NAME, ['mover']));

describe('the album quota', { timeout: SCENE_TIMEOUT_MS }, () => {
  test('loses no megabyte and no lock when processes are killed within transactions', async () => {
    const { code, output, held } = await startScene(NAME, '--quick').ended;
    expect(code, output).toBe(0);
    expect(held).toHaveLength(5);
  });

  test('refuses options that it has not got', async () => {
    const { code, output } = await startScene(NAME, '--slow').ended;
    expect(code).toBe(2);
    expect(output).toContain('unknown option --slow');
  });
});
