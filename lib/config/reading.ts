import type { StoreFailure } from '../store/store.ts';
import type { SchemaIssue } from './standard-schema.ts';

/** A value with what is known of it. */
export interface ConfigReading<Output> {
  readonly value: Output;
  /** The version; 0 for the fallback. */
  readonly version: number;
  /** `live`: confirmed within `maxAgeMs`. `cache`: the table did not answer. */
  readonly source: 'live' | 'cache' | 'fallback';
  /** Whether the table could not be asked, so that there may be something newer. */
  readonly stale: boolean;
  /** How long ago the table has confirmed it; `undefined`: it never has. */
  readonly ageMs: number | undefined;
}

/** What a look at the table came to, for those who follow the health of a configuration. */
export type ConfigNews =
  | { readonly kind: 'changed' | 'confirmed'; readonly version: number }
  | {
      readonly kind: 'rejected';
      readonly version: number;
      readonly issues: readonly SchemaIssue[];
    }
  | {
      readonly kind: 'unanswered';
      readonly failure: StoreFailure;
      /** Whether `get` would throw: older than `maxStaleMs`, or beyond waiting. */
      readonly isTooOld: boolean;
    };
