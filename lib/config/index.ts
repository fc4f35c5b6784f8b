/**
 * One document for every process, changed while they run. Kept out of the core so that nobody pays
 * for it at a cold start who does not use it. How to: `docs/configuration.md`.
 */

import type { Holdfast } from '../holdfast.ts';
import { checkName } from '../options.ts';
import { runtimeOf } from '../runtime.ts';
import { Config } from './config.ts';
import { DocumentTable } from './document-table.ts';
import type { ConfigOptions } from './options.ts';
import { Publisher } from './publisher.ts';
import type { InputOf, OutputOf, StandardSchema } from './standard-schema.ts';

export type { HistoryOptions } from './compactor.ts';
export { Config } from './config.ts';
export type { Difference } from './document.ts';
export type { Publication } from './editor.ts';
export { ConfigConflictError, ConfigInvalidError } from './errors.ts';
export type { HistoryEntry, PastState } from './history.ts';
export type {
  ConfigOptions,
  ConvergedOptions,
  GetOptions,
  PublishOptions,
  RolloutOptions,
  WatchOptions,
} from './options.ts';
export type { ConfigNews, ConfigReading } from './reading.ts';
export type { Convergence, ReaderReport } from './reports.ts';
export type { RolloutSchedule } from './rollout.ts';
export type { RolloutChange, RolloutControl } from './rollout-control.ts';
export type {
  InputOf,
  OutputOf,
  SchemaIssue,
  SchemaResult,
  StandardSchema,
} from './standard-schema.ts';
export type { ConfigEvent, ResetReason } from './watch.ts';

const PUBLISHERS = new WeakMap<object, Publisher>();

/**
 * The document of this name: any string of 1 to 1,024 bytes. Sends nothing. With a schema the types
 * are its own; without one, `config<Limits>(...)` takes your word for it.
 *
 * ```ts
 * const limits = config(holdfast, 'limits', { schema: z.object({ uploads: z.number() }) });
 * await limits.publish({ uploads: 20 }, { note: 'the new servers are up' });
 * ```
 *
 * @throws InvalidArgumentError
 */
export function config<Schema extends StandardSchema<unknown, unknown>>(
  holdfast: Holdfast,
  name: string,
  options: ConfigOptions<OutputOf<Schema>> & { readonly schema: Schema },
): Config<OutputOf<Schema>, InputOf<Schema>>;
export function config<Document = unknown>(
  holdfast: Holdfast,
  name: string,
  options?: ConfigOptions<Document> & { readonly schema?: undefined },
): Config<Document>;
export function config(
  holdfast: Holdfast,
  name: string,
  options: ConfigOptions = {},
): Config<unknown> {
  checkName(name);
  const runtime = runtimeOf(holdfast);
  const table = new DocumentTable(runtime, name);
  // All of one process publish in turn, whichever object they use.
  const publisher = PUBLISHERS.get(table.poller) ?? new Publisher(table);
  PUBLISHERS.set(table.poller, publisher);
  return new Config(runtime, name, options, publisher);
}
