import { NAMESPACE_PATTERN } from '../../lib/store/schema.ts';

/** A group, by where it is. */
export interface WatchedGroup {
  readonly namespace: string;
  readonly group: string;
}

/** What the sentinel's queue carries. */
export type SentinelMessage =
  /** Somebody has joined: there has to be a chain from now on. */
  | (WatchedGroup & { readonly kind: 'start' })
  /** A link of the group's chain: look after the group, and send the next one. */
  | (WatchedGroup & { readonly kind: 'link'; readonly chain: number });

/** The message as text. */
export function textOfMessage(message: SentinelMessage): string {
  return JSON.stringify({ v: 1, ...message });
}

/** @throws Error that says what is wrong: it ends among the dead letters, where somebody looks */
export function parseMessage(text: string): SentinelMessage {
  const { v, kind, namespace, group, chain } = JSON.parse(text) as Record<string, unknown>;
  const isPlace =
    typeof namespace === 'string' &&
    NAMESPACE_PATTERN.test(namespace) &&
    typeof group === 'string' &&
    group !== '';
  if (v === 1 && isPlace) {
    if (kind === 'start') return { kind, namespace, group };
    if (kind === 'link' && Number.isSafeInteger(chain)) {
      return { kind, namespace, group, chain: Number(chain) };
    }
  }
  throw new Error(`expected a message of the sentinel, version 1, got ${text.slice(0, 200)}`);
}
