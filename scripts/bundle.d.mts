/** Turns a TypeScript entry of the repository into one runnable file, and says where that is. */
export function bundle(entry: string): Promise<string>;
