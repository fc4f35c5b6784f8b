import type {
  GroupEvent,
  GroupOptions,
  JoinOptions,
  Membership,
} from '../../../lib/group/index.ts';
import * as groups from '../../../lib/group/index.ts';
import type { Item } from '../../../lib/store/value.ts';
import type { Library } from '../../planted/load.ts';
import type { Actor } from './actor.ts';
import { Stage } from './stage.ts';

type Groups = Pick<Library, 'Holdfast' | 'group'>;

/** What a watcher has been told of, in order. */
export class Told {
  readonly events: GroupEvent[] = [];
  error: unknown;

  constructor(events: AsyncIterable<GroupEvent>) {
    void this.#read(events);
  }

  /** Changes in a few words, such as `joined a`. */
  get words(): readonly string[] {
    return this.events.map((event) => {
      return 'member' in event ? `${event.type} ${event.member.id}` : event.type;
    });
  }

  async #read(events: AsyncIterable<GroupEvent>): Promise<void> {
    try {
      for await (const event of events) this.events.push(event);
    } catch (error) {
      this.error = error;
    }
  }
}

/** The lease of the members, and the interval of the sweeps. */
export const LEASE_MS = 6_000;
export const SWEEP_MS = 2_000;
const POLL_MS = 1_000;

/** A stage with one group on it. */
export class GroupStage extends Stage {
  readonly #library: Pick<Groups, 'group'>;

  constructor(library?: Groups) {
    super(library);
    this.#library = library ?? groups;
  }

  group(actor: Actor, options: GroupOptions = {}) {
    const pace = { pollMs: POLL_MS, sweepMs: SWEEP_MS, ...options };
    return this.#library.group(actor.holdfast, 'it', pace);
  }

  enters(actor: Actor, options: JoinOptions = {}): Promise<Membership> {
    const whole = { id: actor.label, leaseMs: LEASE_MS, ...options };
    return this.run(this.group(actor).join(whole), 30_000);
  }

  watches(actor: Actor, cursor?: string): Told {
    return new Told(this.group(actor).watch({ cursor }));
  }

  /** The ids of the members that `actor` sees now. */
  async sees(actor: Actor): Promise<readonly string[]> {
    const { members } = await this.run(this.group(actor).view(), 30_000);
    return members.map(({ id }) => id);
  }

  /** The rows of a kind, such as `beat`. */
  rows(kind: 'head' | 'sweep' | 'beat' | 'member'): readonly Item[] {
    const isOfKind = (sk: string) => sk === kind || sk.startsWith(`${kind}#`);
    return this.table.snapshot().filter(({ sk }) => isOfKind(sk));
  }
}
