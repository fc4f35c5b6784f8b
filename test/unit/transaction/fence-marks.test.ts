import { sleep } from '../../../lib/core/clock.ts';
import { guarantee } from '../../planted/control.ts';
import { decides, endingOf, given, readValue, setting, stage } from './stage.ts';

guarantee(
  'two slots of one name: a transaction under the later grant lets one under the earlier finish',
  { without: 'fence-marks-by-partition' },
  async (library) => {
    const world = stage(library);
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    const slotOf = ({ holdfast }: typeof a) =>
      world.run(library.slots(holdfast, 'workers', { size: 2 }).acquire());
    const earlier = await slotOf(a);
    await world.clock.advance(1_000);
    const later = await slotOf(b);
    let rival: Promise<unknown> | undefined;
    const run = async () => {
      rival = endingOf(setting(b, { x: 2, y: 2 }, { fence: later }));
      // Long enough to meet the locks, and too short to take their owner for dead.
      await sleep(b.clock, 300);
    };
    a.network.interpose({ on: 'write', when: 'before', matches: decides, run });
    const work = setting(a, { x: 1, y: 1 }, { fence: earlier, maxAttempts: 1 });
    const ending = await world.run(endingOf(work));
    await world.run(rival ?? Promise.reject(new Error('nothing was decided')));
    if ((await world.run(readValue(b, 'x'))) !== 2) throw new Error('the later one is lost');
    return ending !== 'transaction-conflict';
  },
);
