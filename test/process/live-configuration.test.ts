import { beforeAll, describe, expect, it } from 'vitest';
import { buildFunctions } from '../../scripts/build-functions.mjs';
import { buildScene, SCENE_TIMEOUT_MS, startScene } from './support/scene.ts';

const NAME = 'live-configuration';

beforeAll(async () => {
  await buildScene(NAME, ['server']);
  await buildFunctions('.build/handlers');
});

describe('the scene of live configuration', { timeout: SCENE_TIMEOUT_MS }, () => {
  it.concurrent('changes a running fleet, refuses the bad and rolls out to half', async () => {
    const { code, held, broken, output } = await startScene(NAME, '--quick').ended;
    expect({ code, broken }, output).toEqual({ code: 0, broken: [] });
    expect(held).toEqual([
      'a change reaches every server without a restart',
      'a bad value is refused where it is published',
      'a bad version from elsewhere is rejected, and rolled back',
      'a rollout reaches half of the fleet: just those that its hash names',
      'aborted, it leaves nobody behind',
      'no server ever worked with a limit that was refused',
      'functions hear of every change, and are called for nothing else',
    ]);
  });

  it.concurrent('notices servers that take what they get', async () => {
    const attempt = startScene(NAME, '--quick', '--without-schema');
    const { code, broken, output } = await attempt.ended;
    expect(code, output).toBe(1);
    expect(broken, output).toEqual([
      'a bad version from elsewhere is rejected, and rolled back',
      'no server ever worked with a limit that was refused',
    ]);
  });
});
