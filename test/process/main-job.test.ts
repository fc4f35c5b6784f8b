import { beforeAll, describe, expect, it } from 'vitest';
import {
  buildScene,
  childrenOf,
  childrenOnce,
  SCENE_TIMEOUT_MS,
  startScene,
  untilGone,
} from './support/scene.ts';

beforeAll(() => buildScene('main-job', ['worker']));

function start(...options: readonly string[]) {
  return startScene('main-job', ...options);
}

describe('the main job', { timeout: SCENE_TIMEOUT_MS }, () => {
  it.concurrent('survives kills and a stop, and says so', async () => {
    const { code, output, held, broken } = await start('--quick', '--processes', '4').ended;
    expect({ code, broken }, output).toEqual({ code: 0, broken: [] });
    expect(held).toEqual([
      'the ledger has every acknowledged line, and no other',
      'no line is lost, doubled or out of order',
      'tokens grow with every grant, and so do terms',
      'one holder at a time',
      'a killed holder is replaced within 3 leases',
      'every process gets its turn',
      "the stopped holder's late write is refused, by the table and by the keeper",
      'the stopped holder is told that it has lost the lock, and why',
      'without the fence the ledger would be broken',
      'one leader at a time',
      'a killed leader is replaced within 3 leases',
      'the observer saw the leaders, in order',
      'no process failed by itself',
    ]);
  });

  it.concurrent('notices the damage of a late write when nothing is fenced', async () => {
    const attempt = start('--quick', '--processes', '4', '--without-fence');
    const { code, output, broken } = await attempt.ended;
    expect(code, output).toBe(1);
    expect(broken, output).toEqual([
      'no line is lost, doubled or out of order',
      "the stopped holder's late write is refused, by the table and by the keeper",
    ]);
  });
});

describe('the end of the main job', { timeout: SCENE_TIMEOUT_MS }, () => {
  it.concurrent('takes every worker with it at Ctrl-C', async () => {
    const { child, ended } = start('--quick', '--processes', '4');
    const workers = await childrenOnce(child, 4);
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    await untilGone(workers);
  });

  it.concurrent.each([
    ['while they still start', undefined],
    ['while one stands still', 'SIGSTOP'],
  ])('takes every worker with it when it is killed itself, %s', async (_, sign) => {
    const { child, ended, untilOutput } = start('--quick', '--processes', '4');
    await childrenOnce(child, 4);
    if (sign !== undefined) await untilOutput(sign);
    const workers = await childrenOf(child);
    child.kill('SIGKILL');
    await ended;
    await untilGone(workers);
  });

  it.concurrent('comes at once for wrong options, and says what is wrong', async () => {
    const { code, output } = await start('--endpoint', 'http://localhost:1').ended;
    expect(code).toBe(2);
    expect(output).toMatch(/^--endpoint needs --table\n/);
  });
});
