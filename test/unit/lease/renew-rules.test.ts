import { guarantee } from '../../planted/control.ts';
import { Witness } from '../support/belief.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'rule 7: a late duplicate of an old renewal does not shorten the lease',
  { without: 'renewals-not-numbered' },
  async (library) => {
    const stage = new Stage(library);
    const [owner, rival] = [stage.actor('owner'), stage.actor('rival')];
    const witness = new Witness(stage);
    witness.watch(await stage.run(owner.holdfast.lock('it').acquire()));
    // The first renewal arrives for a second time after the owner's last one.
    owner.network.onNextWrite({ kind: 'duplicate', afterMs: 16_000 }, named('renew'));
    await stage.advance(18_000);
    owner.network.isolate();
    await stage.advance(7_000);
    const result = await stage.run(rival.holdfast.lock('it').tryAcquire());
    if (result.acquired) witness.watch(result.hold);
    return witness.ownersMax === 1;
  },
);
