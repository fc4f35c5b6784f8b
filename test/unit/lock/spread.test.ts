import { guarantee } from '../../planted/control.ts';
import { Stage } from '../support/stage.ts';

const HOLDS = 1_000;
/** Four renewals of each. */
const LEASE_MS = 15_000;

guarantee(
  'no second of a thousand holds has many more renewals than the mean one',
  { without: 'renewals-in-step' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const locks = Array.from({ length: HOLDS }, (_, index) => a.holdfast.lock(`lock ${index}`));
    await stage.run(Promise.all(locks.map((lock) => lock.acquire())));
    stage.ledger.clear();
    await stage.advance(LEASE_MS);
    const renewals = stage.ledger.arrivals.map(({ atMs }) => atMs);
    const meanPerSecond = renewals.length / (LEASE_MS / 1_000);
    return busiestSecond(renewals) < 1.6 * meanPerSecond;
  },
);

/** The most of the times, which ascend, that lie within any one second. */
function busiestSecond(timesMs: readonly number[]): number {
  let most = 0;
  let first = 0;
  timesMs.forEach((timeMs, index) => {
    while (timeMs - (timesMs[first] ?? timeMs) >= 1_000) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}
