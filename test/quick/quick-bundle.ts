import { bundle } from '../../scripts/bundle.mjs';

/** What makes a bundle use the quick stand-ins for what the platform has. */
export const QUICK = { inject: ['test/quick/platform.ts'] } as const;

/** The path of a program in one file, which uses them. */
export function quickBundle(entry: string): Promise<string> {
  return bundle(entry, { output: `quick/${entry.replace(/\.ts$/, '.mjs')}`, ...QUICK });
}
