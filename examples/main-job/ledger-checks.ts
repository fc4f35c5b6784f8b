import { broken, type Check, held } from './check.ts';
import { type EventOf, eventsOf, type JobHistory } from './history.ts';
import type { LedgerLine } from './ledger.ts';

/** Every line that its writer was told is written, is; and nothing is there that nobody wrote. */
export function checkAcknowledged({ events, ledger }: JobHistory): Check {
  const claim = 'the ledger has every acknowledged line, and no other';
  const wrote = eventsOf(events, 'wrote').filter(({ keeper }) => keeper === 'accepted');
  const killed = new Set(eventsOf(events, 'killed').map(({ process }) => process));
  const inLedger = new Set(ledger.map(signOf));
  const acknowledged = new Set(
    wrote.map(({ line, token, process }) => signOf({ number: line, token, process })),
  );
  const lost = [...acknowledged].find((sign) => !inLedger.has(sign));
  if (lost !== undefined) return broken(claim, `acknowledged, and not there: ${lost}`);
  const others = ledger.filter((line) => !acknowledged.has(signOf(line)));
  // Killed between the write and its answer: a write whose writer never heard.
  const stranger = others.find(({ process }) => !killed.has(process));
  if (stranger !== undefined) return broken(claim, `there, and nobody's: ${signOf(stranger)}`);
  if (ledger.length === 0) return broken(claim, 'the ledger is empty');
  const unheard = others.length === 0 ? '' : `, and ${others.length} whose writer died first`;
  return held(claim, `${acknowledged.size} acknowledged lines of ${ledger.length}${unheard}`);
}

/** The lines are 1, 2, 3 and so on: nobody wrote over anybody's head. */
export function checkNumbers({ ledger }: JobHistory): Check {
  const claim = 'no line is lost, doubled or out of order';
  const wrong = ledger.findIndex(({ number }, index) => number !== index + 1);
  const last = ledger.at(-1);
  if (last === undefined) return broken(claim, 'the ledger is empty');
  if (wrong === -1) return held(claim, `lines 1 to ${last.number}`);
  const [double] = doublesIn(ledger);
  if (double !== undefined) return broken(claim, tellDouble(double));
  return broken(claim, `line ${ledger[wrong]?.number} stands where ${wrong + 1} is due`);
}

/** The write of a process that was stopped past its lease does no harm. */
export function checkLateWrite({ events }: JobHistory): Check {
  const claim = "the stopped holder's late write is refused, by the table and by the keeper";
  const late = lateWrites(events);
  if (late.length === 0) return broken(claim, 'no late write was tried: nothing is shown');
  const through = late.find(({ table, keeper }) => table !== 'refused' || keeper !== 'refused');
  if (through !== undefined) {
    const { process, line, table, keeper } = through;
    return broken(claim, `${process}, line ${line}: ${table} by table, ${keeper} by keeper`);
  }
  return held(claim, late.map(({ process, line }) => `${process}, line ${line}`).join('; '));
}

/** A process that was stopped past its lease is told, and told the reason. */
export function checkTold({ events }: JobHistory): Check {
  const claim = 'the stopped holder is told that it has lost the lock, and why';
  const late = lateWrites(events);
  const losses = eventsOf(events, 'lost').filter(({ of }) => of === 'lock');
  const told = late.flatMap(({ token }) => losses.find((loss) => loss.token === token) ?? []);
  if (late.length === 0 || told.length < late.length) {
    return broken(claim, `${told.length} of ${late.length} were told`);
  }
  const wrong = told.find(({ reason }) => reason !== 'paused' && reason !== 'taken');
  const [first] = told;
  if (wrong !== undefined) return broken(claim, `${wrong.process} was told '${wrong.reason}'`);
  return held(claim, `reason '${first?.reason}'`);
}

/** The negative control: the same requests, to a keeper that looks at no token. */
export function checkControl({ unfenced }: JobHistory): Check {
  const claim = 'without the fence the ledger would be broken';
  const [double] = doublesIn(unfenced);
  if (double !== undefined) return held(claim, tellDouble(double));
  return broken(claim, 'it would not: this run shows nothing about the fence');
}

/** What a process wrote, or tried to, after it was stopped with a token from before. */
export function lateWrites(events: JobHistory['events']): EventOf<'wrote'>[] {
  const grants = eventsOf(events, 'granted');
  return eventsOf(events, 'stopped').flatMap((stop) =>
    eventsOf(events, 'wrote').filter(({ process, token, atMs }) => {
      const grant = grants.find((event) => event.of === 'lock' && event.token === token);
      const isOld = grant !== undefined && grant.atMs < stop.atMs;
      return process === stop.process && atMs > stop.atMs && isOld;
    }),
  );
}

type Double = readonly [LedgerLine, LedgerLine];

function doublesIn(ledger: readonly LedgerLine[]): Double[] {
  const firstByNumber = new Map<number, LedgerLine>();
  return ledger.flatMap((line): Double[] => {
    const first = firstByNumber.get(line.number);
    if (first !== undefined) return [[first, line]];
    firstByNumber.set(line.number, line);
    return [];
  });
}

function tellDouble([first, second]: Double): string {
  const by = ({ process, token }: LedgerLine) => `${process} with token ${token}`;
  return `line ${first.number} twice, by ${by(first)} and by ${by(second)}`;
}

function signOf({ number, token, process }: LedgerLine): string {
  return `line ${number} by ${process} with token ${token}`;
}
