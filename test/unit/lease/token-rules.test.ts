import { guarantee } from '../../planted/control.ts';
import { Stage } from '../support/stage.ts';

const DAY_MS = 86_400_000;

guarantee(
  'rule 8: tokens go on growing when the row has been deleted',
  { without: 'token-counter-only' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const first = await stage.acquires(a);
    await stage.run(first.release());
    await stage.advance(8 * DAY_MS);
    if (stage.table.deleteExpired(stage.clock.wallMs()).length !== 1) throw new Error('no garbage');
    const second = await stage.acquires(a);
    return second.token > first.token;
  },
);

guarantee(
  'rule 8: a machine whose wall clock is weeks behind gets larger tokens all the same',
  { without: 'token-from-wall-clock' },
  async (library) => {
    const stage = new Stage(library);
    const a = stage.actor('a');
    const b = stage.actor('b', { wallOffsetMs: -30 * DAY_MS });
    const first = await stage.acquires(a);
    await stage.run(first.release());
    await stage.advance(8 * DAY_MS);
    if (stage.table.deleteExpired(stage.clock.wallMs()).length !== 1) throw new Error('no garbage');
    const second = await stage.acquires(b);
    return second.token > first.token;
  },
);

guarantee(
  'rule 8: a token is larger than the last one, also when the clock has been corrected since',
  { without: 'token-by-time-only' },
  async (library) => {
    const stage = new Stage(library);
    const a = stage.actor('a');
    const [b] = await stage.actors('b');
    // Half a second after its only look at the time a's estimate of it is half a second ahead of
    // what its next answer will show.
    await stage.run(a.holdfast.lock('earlier').holder());
    await stage.advance(500);
    const first = await stage.acquires(a);
    const wait = await stage.joins(b);
    await stage.run(first.release());
    const second = await stage.granted(wait, 3_000);
    if (second === undefined) throw new Error('nothing was handed over');
    return second.token > first.token;
  },
);

guarantee(
  'rule 5: a process without the time does not count on from a row that has gone',
  { without: 'clockless-token-guessed' },
  async (library) => {
    const stage = new Stage(library);
    const [b] = await stage.actors('b');
    const timeless = stage.actor('timeless');
    timeless.network.setRates({ 'date-missing': 1 });
    await stage.run((await stage.acquires(b)).release());
    await stage.run((await stage.acquires(timeless)).release());
    await stage.advance(1_000);
    const fenced = await stage.acquires(b);
    await stage.run(fenced.release());
    await stage.advance(8 * DAY_MS);
    if (stage.table.deleteExpired(stage.clock.wallMs()).length !== 1) throw new Error('no garbage');
    // With neither time nor row it must rather fail than grant a token that fences have outgrown.
    const hold = await stage.tries(timeless).catch((error: unknown) => error);
    if (library.isHoldfastError(hold, 'clock-unknown')) return true;
    return hold instanceof library.LockHold && hold.token > fenced.token;
  },
);

guarantee(
  'rule 9: a row is kept as long as its token is ahead of the time',
  { without: 'ttl-by-expiry-only' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = [stage.actor('a'), stage.actor('b')];
    await stage.run(a.holdfast.lock('earlier').holder());
    await stage.advance(500);
    const first = await stage.acquires(a);
    // Now a loses the time, and so has no expiry to date its last write from.
    a.holdfast.beginInvocation({ getRemainingTimeInMillis: () => 0 });
    a.network.setRates({ 'date-missing': 1 });
    await stage.run(first.release());
    stage.table.deleteExpired(stage.clock.wallMs());
    const second = await stage.acquires(b);
    return second.token > first.token;
  },
);

guarantee(
  'rule 9: a lock that is held for weeks is never garbage',
  { without: 'ttl-not-pushed' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a, { leaseMs: DAY_MS });
    for (let day = 0; day < 20; day += 1) {
      await stage.advance(DAY_MS);
      stage.table.deleteExpired(stage.clock.wallMs());
      if ((await stage.tries(b)) !== undefined) return false;
    }
    if (stage.ledger.count('renew') < 20) throw new Error('the lock was not held');
    return hold.remainingMs() > 0;
  },
);
