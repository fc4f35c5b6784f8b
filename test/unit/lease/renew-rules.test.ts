import { guarantee } from '../../planted/control.ts';
import { isWrite, Scene } from '../../planted/scene.ts';

guarantee(
  'rule 7: a late duplicate of an old renewal does not shorten the lease',
  { without: 'renewals-not-numbered' },
  async (library) => {
    const scene = new Scene(library);
    const owner = scene.client('owner');
    const rival = scene.client('rival');
    await scene.run(owner.holdfast.lock('it').acquire());
    // The first renewal comes twice: the second time after the owner's last one.
    const line = owner.network.onNextWrite(
      { kind: 'duplicate', afterMs: 16_000 },
      isWrite('renew'),
    );
    await scene.clock.advance(18_000);
    if (!line.hit) throw new Error('no renewal was sent');
    owner.network.isolate();
    await scene.clock.advance(7_000);
    const { acquired } = await scene.run(rival.holdfast.lock('it').tryAcquire());
    return !acquired;
  },
);
