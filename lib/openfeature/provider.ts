import {
  ErrorCode,
  type EvaluationContext,
  type JsonValue,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
  type ResolutionDetails,
  StandardResolutionReasons,
} from '@openfeature/server-sdk';
import type { Config } from '../config/index.ts';
import { isHoldfastError } from '../errors.ts';

/** What flags can be: the members of the document, by name. */
export type HoldfastFlags = Readonly<Record<string, JsonValue>>;

type Kind = 'boolean' | 'string' | 'number' | 'object';

/**
 * An OpenFeature provider whose flags are the members of one document. `a.b` is the member `b` of
 * `a`, unless there is a member of that whole name. Evaluation asks nobody: it is answered from
 * what the process knows. During a staged rollout a context's `targetingKey` decides which side
 * it sees, always the same one; without a key it is the process's.
 *
 * Emits READY when the table has answered or answers again, STALE when it does not,
 * ERROR when what is known is older than the document's `maxStaleMs`, or no later look can help,
 * and CONFIGURATION_CHANGED with the names of the members that changed.
 *
 * ```ts
 * const flags = config<HoldfastFlags>(holdfast, 'flags', { fallback: {} });
 * await OpenFeature.setProviderAndWait(new HoldfastProvider(flags));
 * const isNew = await OpenFeature.getClient().getBooleanValue('new-upload', false);
 * ```
 */
export class HoldfastProvider implements Provider {
  readonly metadata = { name: 'holdfast' } as const;
  readonly runsOn = 'server';
  readonly events = new OpenFeatureEventEmitter();
  readonly #flags: Config<HoldfastFlags>;
  #health: 'ready' | 'stale' | 'error' = 'ready';
  #stopListening: (() => void) | undefined;

  constructor(flags: Config<HoldfastFlags>) {
    this.#flags = flags;
  }

  /** Reads the document, and follows it. @throws as `Config.ready` */
  async initialize(): Promise<void> {
    let known: HoldfastFlags = {};
    this.#stopListening ??= this.#flags.listen((news) => {
      if (news.kind === 'unanswered') return this.#turn(news.isTooOld ? 'error' : 'stale');
      this.#turn('ready');
      if (news.kind !== 'changed') return;
      const flagsChanged = changedMembers(known, this.#all());
      known = this.#all();
      if (flagsChanged.length === 0) return;
      this.events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged });
    });
    await this.#flags.ready();
    known = this.#all();
  }

  async onClose(): Promise<void> {
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#flags.stop();
  }

  resolveBooleanEvaluation(key: string, fallback: boolean, context: EvaluationContext) {
    return this.#resolve<boolean>(key, fallback, 'boolean', context);
  }

  resolveStringEvaluation(key: string, fallback: string, context: EvaluationContext) {
    return this.#resolve<string>(key, fallback, 'string', context);
  }

  resolveNumberEvaluation(key: string, fallback: number, context: EvaluationContext) {
    return this.#resolve<number>(key, fallback, 'number', context);
  }

  resolveObjectEvaluation<Shape extends JsonValue>(
    key: string,
    fallback: Shape,
    context: EvaluationContext,
  ) {
    return this.#resolve<Shape>(key, fallback, 'object', context);
  }

  async #resolve<Flag>(
    key: string,
    fallback: Flag,
    kind: Kind,
    { targetingKey }: EvaluationContext,
  ): Promise<ResolutionDetails<Flag>> {
    const isSplit = targetingKey !== undefined && targetingKey !== '';
    try {
      const { value: all, version } = isSplit
        ? await this.#flags.valueFor(targetingKey)
        : { value: this.#flags.current, version: this.#flags.version };
      const value = memberOf(all, key);
      if (value === undefined) {
        const errorMessage = `there is no flag '${key}' in '${this.#flags.name}'`;
        return failed(fallback, ErrorCode.FLAG_NOT_FOUND, errorMessage);
      }
      if (typeof value !== kind || value === null) {
        const errorMessage = `flag '${key}': expected a ${kind}, found a ${typeof value}`;
        return failed(fallback, ErrorCode.TYPE_MISMATCH, errorMessage);
      }
      return {
        value: value as Flag,
        variant: `version ${version}`,
        reason: this.#reason(isSplit),
        flagMetadata: { version },
      };
    } catch (error) {
      const isUnread = isHoldfastError(error, 'config-missing');
      const code = isUnread ? ErrorCode.PROVIDER_NOT_READY : ErrorCode.GENERAL;
      return failed(fallback, code, error instanceof Error ? error.message : String(error));
    }
  }

  #reason(isSplit: boolean): string {
    if (this.#health !== 'ready') return StandardResolutionReasons.STALE;
    return isSplit ? StandardResolutionReasons.SPLIT : StandardResolutionReasons.STATIC;
  }

  #turn(health: 'ready' | 'stale' | 'error'): void {
    if (this.#health === health) return;
    this.#health = health;
    const message = `configuration '${this.#flags.name}' is ${health}`;
    if (health === 'ready') this.events.emit(ProviderEvents.Ready, { message });
    else if (health === 'stale') this.events.emit(ProviderEvents.Stale, { message });
    else this.events.emit(ProviderEvents.Error, { message });
  }

  #all(): HoldfastFlags {
    try {
      return this.#flags.current;
    } catch {
      return {};
    }
  }
}

function memberOf(flags: HoldfastFlags, key: string): JsonValue | undefined {
  if (Object.hasOwn(flags, key)) return flags[key];
  let value: unknown = flags;
  for (const name of key.split('.')) {
    const isMap = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    if (!isMap) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value as JsonValue;
}

function changedMembers(before: HoldfastFlags, after: HoldfastFlags): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

function failed<Flag>(
  value: Flag,
  errorCode: ErrorCode,
  errorMessage: string,
): ResolutionDetails<Flag> {
  return { value, reason: StandardResolutionReasons.ERROR, errorCode, errorMessage };
}
