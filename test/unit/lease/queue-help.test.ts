import { guarantee } from '../../planted/control.ts';
import { Witness } from '../support/belief.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

guarantee(
  'a help that never arrived is sent again',
  { without: 'unanswered-wait-ended' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    await stage.acquires(a);
    const wait = await stage.joins(b);
    a.die();
    b.network.onNextWrite({ kind: 'drop' }, named('help'));
    return (await stage.granted(wait, 25_000)) !== undefined;
  },
);

guarantee(
  'a help that was applied without an answer is recognised by the waiter it served',
  { without: 'own-grant-not-recognised' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    await stage.acquires(a);
    const wait = await stage.joins(b);
    a.die();
    b.network.onNextWrite({ kind: 'lose-answer' }, named('help'));
    return (await stage.granted(wait, 25_000)) !== undefined;
  },
);

guarantee(
  'rule 15: a help that arrives twice does not hand over what the living own',
  { without: 'help-without-names' },
  async (library) => {
    const stage = new Stage(library);
    const [first] = await stage.actors('first');
    await stage.run((await stage.acquires(first)).release());
    // Nobody knows the table's time: death is judged by observation alone.
    stage.dated = false;
    const [a, b, c] = [stage.actor('a'), stage.actor('b'), stage.actor('c')];
    await stage.acquires(a);
    a.die();
    const wait = await stage.joins(b);
    await stage.joins(c);
    const duplicate = { kind: 'duplicate', afterMs: 200 } as const;
    for (const actor of [b, c]) actor.network.onNextWrite(duplicate, named('help'));
    const granted = await stage.granted(wait, 25_000);
    if (granted === undefined) throw new Error('the dead owner was not replaced');
    await stage.advance(5_000);
    return !granted.signal.aborted;
  },
);

guarantee(
  'rule 15: a try that finds a dead owner lets the first waiter have the row',
  { without: 'helper-takes-for-itself' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    await stage.acquires(a);
    const wait = await stage.joins(b);
    a.die();
    await stage.advance(1_000);
    b.clock.pause();
    await stage.advance(18_000);
    const taken = await stage.tries(c);
    b.clock.resume();
    return taken === undefined && (await stage.granted(wait, 1_000)) !== undefined;
  },
);

guarantee(
  'rule 15: a helper with an old row in mind does not hand over what its owner has renewed',
  { without: 'help-without-death-check' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const hold = await stage.acquires(a);
    await stage.joins(b);
    await stage.tries(c);
    await stage.advance(20_000);
    // What it saw then had ended by now, if nobody had renewed it.
    await stage.tries(c);
    await stage.advance(5_000);
    return !hold.signal.aborted;
  },
);

guarantee(
  'rule 15: a helper who saw an owner silent does not hand over what has been renewed since',
  { without: 'help-despite-renewal' },
  async (library) => {
    const stage = new Stage(library);
    const [first] = await stage.actors('first');
    await stage.run((await stage.acquires(first)).release());
    stage.dated = false;
    const [a, b, c] = [stage.actor('a'), stage.actor('b'), stage.actor('c')];
    const witness = new Witness(stage);
    const hold = witness.watch(await stage.acquires(a));
    const wait = await stage.joins(b);
    await stage.tries(c);
    await stage.advance(20_000);
    await stage.tries(c);
    await stage.granted(wait, 1_500);
    if (wait.hold !== undefined) witness.watch(wait.hold);
    return witness.ownersMax === 1 && !hold.signal.aborted;
  },
);

guarantee(
  'rule 15: what a helper hands over has a larger token',
  { without: 'help-keeps-token' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    const wait = await stage.joins(b);
    a.die();
    const granted = await stage.granted(wait, 25_000);
    if (granted === undefined) throw new Error('the dead owner was not replaced');
    return granted.token > hold.token;
  },
);
