import type { Hint } from '../watch/hints.ts';

/** Version of the message. Messages of another one are left alone. */
const VERSION = 1;

/** A hint as it is sent. */
export interface HintMessage extends Hint {
  readonly v: typeof VERSION;
}

export function messageOf({ namespace, kind, name, revision }: Hint): HintMessage {
  return { v: VERSION, namespace, kind, name, revision };
}

/** The hint of a message; nothing for what is none, because anybody may send to a broker. */
export function hintOf(payload: Uint8Array): Hint | undefined {
  let message: Partial<HintMessage> | null;
  try {
    message = JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return undefined;
  }
  if (message?.v !== VERSION) return undefined;
  const { namespace, kind, name, revision } = message;
  const isHint =
    typeof namespace === 'string' &&
    typeof kind === 'string' &&
    typeof name === 'string' &&
    typeof revision === 'number';
  return isHint ? { namespace, kind, name, revision } : undefined;
}
