import { InvalidArgumentError } from '../errors.ts';

/** Where a watcher is. As text it can be kept anywhere, and begins a watch there again. */
export interface Cursor {
  readonly namespace: string;
  readonly name: string;
  readonly epoch: string;
  readonly version: number;
}

export function cursorText({ namespace, name, epoch, version }: Cursor): string {
  const text = JSON.stringify(['config', namespace, name, epoch, version]);
  return Buffer.from(text).toString('base64url');
}

/** @throws InvalidArgumentError for what is no cursor of this document */
export function parseCursor(text: unknown, namespace: string, name: string): Cursor {
  const [kind, ofNamespace, ofName, epoch, version] = partsOf(text);
  const isOurs = kind === 'config' && ofNamespace === namespace && ofName === name;
  if (isOurs && typeof epoch === 'string' && Number.isSafeInteger(version)) {
    return { namespace, name, epoch, version: version as number };
  }
  // To take another document's place for ours would skip versions without a word.
  throw new InvalidArgumentError('from', `a cursor of config '${name}' in '${namespace}'`, text);
}

function partsOf(text: unknown): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(String(text), 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
