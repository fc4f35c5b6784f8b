import { beforeAll, describe, expect, test } from 'vitest';
import {
  buildScene,
  childrenOnce,
  SCENE_TIMEOUT_MS,
  startScene,
  untilGone,
} from './support/scene.ts';

const NAME = 'social-network';

beforeAll(() => buildScene(NAME, ['image-server', 'front-end']));

describe('the social network', { timeout: SCENE_TIMEOUT_MS }, () => {
  test.concurrent('loses no upload when servers come, die and go', async () => {
    const { code, output, held, broken } = await startScene(NAME, '--quick').ended;
    expect({ code, broken }, output).toEqual({ code: 0, broken: [] });
    expect(held).toHaveLength(7);
  });

  test.concurrent('takes every process with it when it is killed itself', async () => {
    const { child, ended } = startScene(NAME, '--quick');
    const children = await childrenOnce(child, 2);
    child.kill('SIGKILL');
    await ended;
    await untilGone(children);
  });

  test.concurrent('refuses options that it does not know', async () => {
    const { code, output } = await startScene(NAME, '--slow').ended;
    expect(code).toBe(2);
    expect(output).toContain('unknown option --slow');
  });
});
