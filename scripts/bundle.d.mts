import type { Plugin } from 'esbuild';

export interface BundleOptions {
  /** The file below `.build/`, when it is not the entry's own. */
  readonly output?: string;
  /** What changes the sources on their way. */
  readonly plugins?: Plugin[];
  /** Files whose exports stand in for global names. */
  readonly inject?: readonly string[];
  /** Whether the bundle knows its sources, which are most of it then. @default true */
  readonly sourcemap?: boolean;
}

/** Turns a TypeScript entry of the repository into one runnable file, and says where that is. */
export function bundle(entry: string, options?: BundleOptions): Promise<string>;
