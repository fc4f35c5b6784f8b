import { guarantee } from '../../planted/control.ts';
import type { Actor } from '../support/actor.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'an enqueue that never arrived is sent again',
  { without: 'unanswered-wait-ended' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = (await stage.actors('a', 'b')) as [Actor, Actor];
    const hold = await stage.acquires(a);
    const dropped = b.network.onNextWrite({ kind: 'drop' }, named('enqueue'));
    const wait = stage.wait(b);
    await stage.advance(4_000);
    await stage.run(hold.release());
    return dropped.hit && (await stage.granted(wait, 1_000)) !== undefined;
  },
);
