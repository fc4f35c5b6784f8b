import { InvalidArgumentError } from '../errors.ts';

/** Longest name in its compared form, in UTF-8 bytes: it is a sort key. */
const FORM_BYTES_MAX = 512;
/** Characters that nobody sees, or that turn what follows around. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u;

/**
 * The form in which names are compared: compatibility characters replaced (NFKC), case folded,
 * white space at the ends removed and within it single. Look-alikes of different scripts stay
 * different.
 *
 * @throws InvalidArgumentError for control and other invisible characters, and for names of which
 *   nothing is left
 */
export function formOf(name: unknown): string {
  if (typeof name !== 'string') throw new InvalidArgumentError('name', 'a string', name);
  if (UNSEEN.test(name.replaceAll(/[\u200c\u200d]/g, ''))) {
    const expected = 'no control, invisible or unassigned characters';
    throw new InvalidArgumentError('name', expected, name);
  }
  const form = fold(name).replaceAll(/\s+/gu, ' ').trim();
  if (form === '') throw new InvalidArgumentError('name', 'more than white space', name);
  const bytes = new TextEncoder().encode(form).length;
  if (bytes > FORM_BYTES_MAX) {
    throw new InvalidArgumentError('name', `at most ${FORM_BYTES_MAX} bytes of UTF-8`, name);
  }
  return form;
}

/** Upper before lower case brings together what lower case alone leaves apart: ß and SS. */
function fold(name: string): string {
  const folded = name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
  return folded.replaceAll(/[\u200c\u200d]/g, '').replaceAll('\u03c2', '\u03c3');
}
