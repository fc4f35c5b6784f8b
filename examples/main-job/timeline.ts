import { successionsIn } from './beliefs.ts';
import { quantile } from './figures.ts';
import type { EventOf, JobEvent } from './history.ts';
import type { Point, Prize } from './messages.ts';
import type { Paper, Style } from './paper.ts';

/** So many grants of the lock are told one by one, before only sums are. */
const GRANTS_TOLD = 4;
const SUM_EVERY_MS = 2_000;

const STANDING: Readonly<Record<Point, string>> = {
  read: 'decided, nothing written',
  stamped: 'in the table, not in the ledger',
  appended: 'written, lock not released',
};

/** Tells the run as it happens: every turn of fate, and of the many ordinary grants their sum. */
export class Timeline {
  readonly #paper: Paper;
  readonly #startMs: number;
  readonly #events: JobEvent[] = [];
  readonly #owner = new Map<Prize, string>();
  /** How the last owner ended, and when. */
  readonly #end = new Map<Prize, { readonly atMs: number; readonly how: string }>();
  #highestToken = 0;
  #grants = 0;
  /** The owner was killed or stopped: whoever comes next is news. */
  #expectsHeir = false;
  #summedMs: number;
  #termSeen: number | undefined;

  constructor(paper: Paper, startMs: number) {
    this.#paper = paper;
    this.#startMs = startMs;
    this.#summedMs = startMs;
  }

  show(event: JobEvent): void {
    this.#events.push(event);
    this.#tell(event);
    if (event.atMs - this.#summedMs > SUM_EVERY_MS) this.#tellSum(event.atMs);
  }

  #tell(event: JobEvent): void {
    if (event.kind === 'granted') this.#tellGrant(event);
    else if (event.kind === 'giving-up') this.#noteEnd(event);
    else if (event.kind === 'wrote') this.#tellWrite(event);
    else if (event.kind === 'observed') this.#tellSight(event);
    else if (event.kind === 'killed') this.#tellSignal(event, 'SIGKILL', 'was killed');
    else if (event.kind === 'stopped') this.#tellSignal(event, 'SIGSTOP', 'was stopped');
    else if (event.kind === 'resumed')
      this.#write(event, 'chaos', `SIGCONT ${event.process}`, 'red');
    else if (event.kind === 'started')
      this.#write(event, 'chaos', `${event.process} starts`, 'dim');
    else if (event.kind === 'failed') {
      this.#write(event, 'chaos', `${event.process} failed: ${event.message}`, 'red');
    } else if (event.kind === 'lost') {
      const text = `${event.process} is told that it lost ${prizeOf(event.of)}: ${event.reason}`;
      this.#write(event, event.of, text, 'yellow');
    } else if (event.kind === 'at-point') {
      const text = `${event.process} stands still: line ${event.line} ${STANDING[event.point]}`;
      this.#write(event, 'lock', text);
    }
  }

  #tellGrant(event: EventOf<'granted'>): void {
    const { of, process, token, atMs } = event;
    this.#owner.set(of, process);
    const isLock = of === 'lock';
    if (isLock) {
      this.#grants += 1;
      this.#highestToken = Math.max(this.#highestToken, token);
      if (this.#grants > GRANTS_TOLD && !this.#expectsHeir) return;
      this.#expectsHeir = false;
    }
    const end = this.#end.get(of);
    const since = end === undefined ? '' : `, ${span(atMs - end.atMs)} after ${end.how}`;
    const what = isLock ? `holds the lock, token ${token}` : `leads, term ${token}`;
    this.#write(event, of, `${process} ${what}${since}`, isLock ? 'cyan' : 'green');
  }

  #noteEnd({ of, process, atMs }: EventOf<'giving-up'>): void {
    const how = of === 'lock' ? 'released it' : 'resigned';
    this.#end.set(of, { atMs, how: `${process} ${how}` });
    if (this.#owner.get(of) === process) this.#owner.delete(of);
  }

  #tellSignal(event: EventOf<'killed' | 'stopped'>, signal: string, how: string): void {
    const { process, atMs } = event;
    const roles: string[] = [];
    for (const [prize, owner] of this.#owner) {
      if (owner !== process) continue;
      roles.push(prize === 'lock' ? ', which holds the lock' : ', which leads');
      this.#end.set(prize, { atMs, how: `${process} ${how}` });
      this.#expectsHeir ||= prize === 'lock';
    }
    this.#write(event, 'chaos', `${signal} ${process}${roles.join('')}`, 'red');
  }

  #tellWrite(event: EventOf<'wrote'>): void {
    const { process, line, table, keeper, token } = event;
    if (token >= this.#highestToken && table === 'accepted' && keeper === 'accepted') return;
    const text = `${process}'s late write of line ${line}: ${table} by table, ${keeper} by keeper`;
    this.#write(event, 'lock', text, keeper === 'refused' ? 'green' : 'red');
  }

  #tellSight(event: EventOf<'observed'>): void {
    if (event.term === this.#termSeen) return;
    this.#termSeen = event.term;
    this.#write(event, 'election', `the observer sees ${event.process} lead`, 'dim');
  }

  /** What the ordinary grants since the last sum come to. */
  #tellSum(atMs: number): void {
    const gapsMs = successionsIn('lock', this.#events)
      .filter(({ to, kind }) => to.fromMs > this.#summedMs && kind === 'handed-over')
      .map(({ gapMs }) => gapMs)
      .sort((a, b) => a - b);
    this.#summedMs = atMs;
    const median = quantile(gapsMs, 0.5);
    const last = this.#events.findLast(
      (event): event is EventOf<'wrote'> => event.kind === 'wrote',
    );
    if (median === undefined || last === undefined) return;
    const counted = gapsMs.length === 1 ? '1 hand-over' : `${gapsMs.length} hand-overs`;
    const text = `ledger at line ${last.line}; ${counted}, median ${span(median)}`;
    this.#write({ atMs }, 'lock', text, 'dim');
  }

  #write({ atMs }: { readonly atMs: number }, topic: string, text: string, style?: Style): void {
    const seconds = ((atMs - this.#startMs) / 1_000).toFixed(2).padStart(6);
    const told = style === undefined ? text : this.#paper.style(style, text);
    this.#paper.write(`${seconds}  ${topic.padEnd(8)}  ${told}`);
  }
}

function prizeOf(prize: Prize): string {
  return prize === 'lock' ? 'the lock' : 'the leadership';
}

function span(ms: number): string {
  return ms < 1_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1_000).toFixed(2)} s`;
}
