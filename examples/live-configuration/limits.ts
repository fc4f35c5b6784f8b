import type { StandardSchema } from 'holdfast/config';

/** How much every server of the fleet lets in. */
export interface Limits {
  readonly uploads: number;
}

/**
 * What a document must be. By hand, so that this example needs no library of schemas; those of
 * zod, valibot and others go in the same place.
 */
export const limitsSchema: StandardSchema<Limits, Limits> = {
  '~standard': {
    version: 1,
    vendor: 'example',
    validate(value) {
      const { uploads } = (value ?? {}) as Partial<Limits>;
      if (typeof uploads === 'number' && uploads >= 1 && uploads <= 1_000) {
        return { value: { uploads } };
      }
      return { issues: [{ message: 'expected 1 to 1000', path: ['uploads'] }] };
    },
  },
};

/** For machines that are busy: the table runs in the same few processors as its clients. */
export const REQUEST_TIMEOUT_MS = 4_000;
/** How often a server looks for news. */
export const POLL_MS = 400;

/** What a server needs to know. Passed as JSON on its command line. */
export interface ServerSettings {
  readonly name: string;
  readonly table: string;
  readonly clientConfig: Readonly<Record<string, unknown>>;
  /** False for the demonstration of what happens without a schema. */
  readonly checked: boolean;
}

/** What a server tells. Times are those of `machineMs()`. */
export type ServerReport =
  | {
      readonly kind: 'runs';
      readonly atMs: number;
      readonly version: number;
      readonly uploads: number;
    }
  | {
      readonly kind: 'rejects';
      readonly atMs: number;
      readonly version: number;
      readonly issue: string;
    }
  /** Which limits it has worked with, at the end. */
  | { readonly kind: 'finished'; readonly atMs: number; readonly used: readonly number[] }
  | { readonly kind: 'failed'; readonly atMs: number; readonly message: string };
