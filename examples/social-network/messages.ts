/** What every process of the scene is told at its start, as JSON in its first argument. */
export interface Settings {
  readonly name: string;
  readonly table: string;
  readonly namespace: string;
  readonly clientConfig: Readonly<Record<string, unknown>>;
  readonly requestTimeoutMs: number;
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly sweepMs: number;
  /** The file that is an image server's disk. */
  readonly disk: string;
}

/** What the main process tells the others. */
export type Control =
  /** An image server: leave without losing an upload. */
  { readonly kind: 'drain' } | { readonly kind: 'finish' };

/** What happened to or in a process, at a time of `machineMs()`. */
export type SceneEvent = {
  readonly atMs: number;
  readonly process: string;
} & (
  | { readonly kind: 'started'; readonly role: 'image-server' | 'front-end' }
  /** An image server has joined the group; a front end follows it. */
  | { readonly kind: 'ready' }
  | {
      /** A front end's view of the group has changed. */
      readonly kind: 'saw';
      readonly change: 'joined' | 'updated' | 'left' | 'expired';
      readonly member: string;
    }
  | {
      readonly kind: 'uploaded';
      readonly upload: string;
      readonly server: string;
      readonly tries: number;
    }
  | { readonly kind: 'try-failed'; readonly upload: string; readonly server: string }
  | { readonly kind: 'gave-up'; readonly upload: string }
  | { readonly kind: 'killed' }
  | { readonly kind: 'asked-to-drain' }
  | { readonly kind: 'finished'; readonly uploads: number }
  | { readonly kind: 'exited'; readonly code: number | null }
  | { readonly kind: 'failed'; readonly message: string }
);

export type EventKind = SceneEvent['kind'];

export type EventOf<Kind extends EventKind> = Extract<SceneEvent, { kind: Kind }>;

type WithoutSender<Event> = Event extends unknown ? Omit<Event, 'atMs' | 'process'> : never;

/** An event as its process tells it: when and who is added on the way. */
export type Report = WithoutSender<SceneEvent>;

/** A report on its way. */
export type TimedReport = Report & { readonly atMs: number };
