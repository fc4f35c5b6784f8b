import { bundle } from '../../scripts/bundle.mjs';

/** The path of a program in one file, which uses the quick stand-ins for what the platform has. */
export function quickBundle(entry: string): Promise<string> {
  const output = `quick/${entry.replace(/\.ts$/, '.mjs')}`;
  return bundle(entry, { output, inject: ['test/quick/platform.ts'] });
}
