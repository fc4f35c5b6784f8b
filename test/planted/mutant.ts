/** A bug that is put into the library on purpose, to see the tests find it. */
export interface Mutant {
  readonly name: string;
  /** How people come to write it, and where it has been met. */
  readonly realBug: string;
  /** The source it is planted in, relative to the repository. */
  readonly file: string;
  /** Exact text that occurs once in the file. */
  readonly find: string;
  readonly replace: string;
}

/** The source with the bug in it. A mutant that does not fit today's source is an error. */
export function plant(mutant: Mutant, source: string): string {
  const parts = source.split(mutant.find);
  if (parts.length !== 2) {
    const found = `its text occurs ${parts.length - 1} times in ${mutant.file}, expected once`;
    throw new Error(`planted bug '${mutant.name}': ${found}`);
  }
  return parts.join(mutant.replace);
}
