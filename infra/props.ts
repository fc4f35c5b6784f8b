import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { INTERVAL_SECONDS_MAX, INTERVAL_SECONDS_MIN } from '../functions/sentinel/settings.ts';
import { checkKnown } from '../lib/option-checks.ts';

/** What to provision. Every default is one that a reviewer accepts for production. */
export interface HoldfastProps {
  /**
   * Name of the table. A table with a name cannot be replaced by CloudFormation.
   * @default made by CloudFormation
   */
  readonly tableName?: string;

  /** What becomes of the table when the stack goes. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;

  /** Whether the table refuses to be deleted by anybody. @default true */
  readonly deletionProtection?: boolean;

  /**
   * For how many days back the table can be restored to any second, 1 to 35; `false` for none.
   * @default 35
   */
  readonly pointInTimeRecoveryDays?: number | false;

  /**
   * The most read units a second that the table serves: a bound on the bill of a program that
   * runs wild. @default none
   */
  readonly maxReadUnits?: number;

  /** The most write units a second. @default none */
  readonly maxWriteUnits?: number;

  /**
   * `strong`: the table is in three regions and reads and conditions see the latest write of any
   * of them, so that locks, elections and transactions survive the loss of one. Such a table has
   * no time to live: a function sweeps its garbage. It cannot become one later, nor be undone.
   * @default one region
   */
  readonly multiRegion?: 'strong';

  /**
   * The other regions that programs use, of the set that AWS offers.
   * @default the two others of a set of three; in Europe, where there are four, two must be named
   */
  readonly replicas?: readonly string[];

  /** A region that only votes, in place of the second replica. @default none */
  readonly witness?: string;

  /**
   * Whether changes are told to an event bus, and to MQTT if `push` is given. The table has a
   * stream either way. @default true
   */
  readonly fanOut?: boolean;

  /**
   * Whether members that die are found while nobody watches their group; and how often it is
   * looked for them, in seconds, 5 to 900. Needs `fanOut`, by which it hears of joins.
   * @default every 30 seconds
   */
  readonly sentinel?: boolean | SentinelSettings;

  /** The bus that changes are told to. Not together with `eventBusName`. @default a new one */
  readonly eventBus?: Bus;

  /** Name of the new bus. @default made by CloudFormation */
  readonly eventBusName?: string;

  /** Hints over MQTT for processes that watch. @default none: they poll */
  readonly push?: PushProps;

  /**
   * Whether events carry what members say of themselves: address, zone, weight and metadata.
   * @default false
   */
  readonly memberMetadata?: boolean;

  /** Documents whose rollouts end when an alarm goes off. @default none */
  readonly guardedRollouts?: readonly GuardedRollout[];

  /** Whether there are alarms, and where they go. @default alarms that notify nobody */
  readonly alarms?: boolean | AlarmProps;

  /** Whether there is a dashboard with the table, the functions and the alarms. @default true */
  readonly dashboard?: boolean;

  /** How long logs are kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;

  /** Whether the functions are traced by X-Ray. @default false */
  readonly tracing?: boolean;
}

/** An event bus, as far as it is used here. */
export type Bus = Pick<IEventBus, 'eventBusName' | 'grantPutEventsTo'>;

/** Where hints go. */
export interface PushProps {
  /**
   * Host of the account's broker, which
   * `aws iot describe-endpoint --endpoint-type iot:Data-ATS` prints.
   */
  readonly endpoint: string;
  /** First level of all topics, one for each table in an account. @default 'holdfast' */
  readonly topicRoot?: string;
}

/** A document whose rollout is aborted when an alarm goes off: everybody goes back. */
export interface GuardedRollout {
  readonly alarm: Pick<IAlarm, 'alarmName'>;
  readonly namespace: string;
  /** Name of the document. */
  readonly name: string;
}

/** How groups are looked after that nobody watches. */
export interface SentinelSettings {
  /** From one look after a group to the next, in whole seconds: 5 to 900. */
  readonly intervalSeconds: number;
}

/** Who is told of alarms. */
export interface AlarmProps {
  readonly topic: ITopic;
}

/** Every property there is: a misspelt one would be a default that nobody chose. */
const KNOWN: Readonly<Record<keyof HoldfastProps, true>> = {
  tableName: true,
  removalPolicy: true,
  deletionProtection: true,
  pointInTimeRecoveryDays: true,
  maxReadUnits: true,
  maxWriteUnits: true,
  multiRegion: true,
  replicas: true,
  witness: true,
  fanOut: true,
  sentinel: true,
  eventBus: true,
  eventBusName: true,
  push: true,
  memberMetadata: true,
  guardedRollouts: true,
  alarms: true,
  dashboard: true,
  logRetention: true,
  tracing: true,
};

const TABLE_NAME = /^[A-Za-z0-9_.-]{3,255}$/;
const BUS_NAME = /^(?!aws\.)[A-Za-z0-9_./-]{1,256}$/;
const TOPIC_ROOT = /^[A-Za-z0-9_-]{1,64}$/;
const BROKER = /^([a-z0-9]+-ats\.iot\.[a-z0-9-]+\.amazonaws\.com(\.cn)?|https?:\/\/[^/]+)$/;

/** @throws Error whose message says which property is wrong, and what it may be */
export function checkProps(props: HoldfastProps): void {
  checkNames(props);
  const { tableName, pointInTimeRecoveryDays: days, eventBus, eventBusName, push } = props;
  requireIf(tableName, isText(TABLE_NAME), 'tableName: 3 to 255 letters, digits, "_", "." and "-"');
  requireIf(days, (value) => value === false || isWhole(value, 1, 35), RECOVERY);
  requireIf(
    props.maxReadUnits,
    (value) => isWhole(value, 1),
    'maxReadUnits: a whole number from 1',
  );
  requireIf(
    props.maxWriteUnits,
    (value) => isWhole(value, 1),
    'maxWriteUnits: a whole number from 1',
  );
  if (eventBus !== undefined && eventBusName !== undefined) {
    throw new Error('eventBusName is the name of a new bus: leave it out when eventBus is given');
  }
  requireIf(eventBusName, isText(BUS_NAME), 'eventBusName: letters, digits, "_", ".", "/" and "-"');
  if (props.fanOut === false) {
    const needing = [eventBus, eventBusName, push, props.memberMetadata, props.sentinel];
    const isUseless = needing.some((value) => value !== undefined && value !== false);
    if (isUseless) throw new Error(`fanOut is off, so nobody would use ${FAN_OUT_PROPS}`);
  }
  const { sentinel } = props;
  if (typeof sentinel === 'object') {
    const range = [INTERVAL_SECONDS_MIN, INTERVAL_SECONDS_MAX] as const;
    const message = `sentinel.intervalSeconds: whole seconds, ${range.join(' to ')}`;
    requireIf(sentinel.intervalSeconds, (value) => isWhole(value, ...range), message);
  }
  requireIf(
    props.guardedRollouts?.find(({ name }) => name === ''),
    () => false,
    'guardedRollouts: each names a document',
  );
  if (push === undefined) return;
  requireIf(
    push.endpoint,
    isText(BROKER),
    'push.endpoint: the host that "aws iot describe-endpoint --endpoint-type iot:Data-ATS" prints',
  );
  requireIf(push.topicRoot, isText(TOPIC_ROOT), 'push.topicRoot: letters, digits, "_" and "-"');
}

/** That no property is misspelt, here and in what properties are made of. */
function checkNames(props: HoldfastProps): void {
  checkKnown(props, Object.keys(KNOWN));
  const { push, sentinel, alarms, guardedRollouts = [] } = props;
  if (push !== undefined) checkKnown(push, ['endpoint', 'topicRoot']);
  if (typeof sentinel === 'object') checkKnown(sentinel, ['intervalSeconds']);
  if (typeof alarms === 'object') checkKnown(alarms, ['topic']);
  for (const guarded of guardedRollouts) checkKnown(guarded, ['alarm', 'namespace', 'name']);
}

const RECOVERY = 'pointInTimeRecoveryDays: 1 to 35, or false';
const FAN_OUT_PROPS = 'eventBus, eventBusName, push, memberMetadata or sentinel';

function requireIf<Value>(
  value: Value | undefined,
  isRight: (value: Value) => boolean,
  message: string,
): void {
  if (value !== undefined && !isRight(value)) throw new Error(`${message}; got ${String(value)}`);
}

function isText(pattern: RegExp): (value: unknown) => boolean {
  return (value) => typeof value === 'string' && pattern.test(value);
}

function isWhole(value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
}
