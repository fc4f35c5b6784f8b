import type { Paper, Style } from '../main-job/paper.ts';
import type { EventOf, SceneEvent } from './messages.ts';

/** Writes the scene down while it goes on: uploads in sums, everything else as it happens. */
export class Timeline {
  readonly #paper: Paper;
  readonly #startMs: number;
  readonly #servers = new Set<string>();
  readonly #used = new Set<string>();
  readonly #sinceMs = new Map<string, number>();
  #uploads = new Map<string, number>();
  #retried = 0;

  constructor(paper: Paper, startMs: number) {
    this.#paper = paper;
    this.#startMs = startMs;
  }

  show(event: SceneEvent): void {
    const { process, atMs } = event;
    switch (event.kind) {
      case 'started':
        if (event.role === 'image-server') this.#servers.add(process);
        return;
      case 'ready':
        this.#sinceMs.set(`${process} joined`, atMs);
        if (this.#servers.has(process)) this.#write(atMs, 'joins', `${process} takes uploads`);
        else this.#write(atMs, 'start', `${process} follows the group`);
        return;
      case 'killed':
        this.#sum(atMs);
        this.#sinceMs.set(`${process} killed`, atMs);
        this.#write(atMs, 'SIGKILL', `${process}, in the middle of its uploads`, 'red');
        return;
      case 'asked-to-drain':
        this.#sum(atMs);
        this.#write(atMs, 'drain', `${process} is to leave`, 'yellow');
        return;
      case 'saw':
        this.#saw(event);
        return;
      case 'uploaded':
        this.#uploaded(event);
        return;
      case 'exited':
        if (this.#servers.has(process) && event.code === 0) {
          this.#write(atMs, 'gone', `${process} has left`);
        }
        return;
      case 'gave-up':
        this.#write(atMs, 'LOST', `${process} gave up ${event.upload}`, 'red');
        return;
      case 'failed':
        this.#write(atMs, 'FAILED', `${process}: ${event.message}`, 'red');
        return;
      default:
    }
  }

  #saw({ process, change, member, atMs }: EventOf<'saw'>): void {
    if (change === 'joined') return;
    const killedMs = this.#sinceMs.get(`${member} killed`);
    const after = killedMs === undefined ? '' : `, ${span(atMs - killedMs)} after the kill`;
    if (change === 'expired') {
      this.#write(atMs, 'expired', `${process} sees that ${member} is dead${after}`, 'cyan');
    } else if (change === 'left') {
      this.#write(atMs, 'left', `${process} sees that ${member} has left`);
    } else {
      this.#write(atMs, 'drains', `${process} sends nothing more to ${member}`);
    }
  }

  #uploaded({ process, server, tries, atMs }: EventOf<'uploaded'>): void {
    const way = `${process} ${server}`;
    if (!this.#used.has(way)) {
      this.#used.add(way);
      const joinedMs = this.#sinceMs.get(`${server} joined`) ?? atMs;
      const text = `${server} gets the first upload of ${process}`;
      this.#write(atMs, 'used', `${text}, ${span(atMs - joinedMs)} after it joined`);
    }
    this.#uploads.set(server, (this.#uploads.get(server) ?? 0) + 1);
    if (tries > 1) this.#retried += 1;
  }

  /** Says what was uploaded since the last time. */
  #sum(atMs: number): void {
    const parts = [...this.#uploads].sort().map(([server, count]) => `${server} ${count}`);
    const retried = this.#retried === 0 ? '' : `; ${this.#retried} after a failed try`;
    if (parts.length > 0) this.#write(atMs, 'uploads', `${parts.join(', ')}${retried}`, 'dim');
    this.#uploads = new Map();
    this.#retried = 0;
  }

  /** Writes the last sum. */
  end(atMs: number): void {
    this.#sum(atMs);
  }

  #write(atMs: number, topic: string, text: string, style?: Style): void {
    const seconds = ((atMs - this.#startMs) / 1_000).toFixed(2).padStart(6);
    const told = style === undefined ? text : this.#paper.style(style, text);
    this.#paper.write(`${seconds}  ${topic.padEnd(8)}  ${told}`);
  }
}

function span(ms: number): string {
  return ms < 1_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1_000).toFixed(2)} s`;
}
