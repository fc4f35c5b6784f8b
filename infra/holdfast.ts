import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  MultiRegionConsistency,
  StreamViewType,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { DEFAULT_INTERVAL_SECONDS } from '../functions/sentinel/settings.ts';
import { DEFAULT_TOPIC_ROOT } from '../lib/mqtt/topic.ts';
import { PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE } from '../lib/store/schema.ts';
import { Alarms } from './alarms.ts';
import { Dashboard } from './dashboard.ts';
import { FanOut } from './fan-out.ts';
import { GarbageSweep } from './garbage-sweep.ts';
import { grantTopics, type NamespaceProps, operatorStatement, tableStatement } from './grants.ts';
import { checkProps, type HoldfastProps } from './props.ts';
import { type OtherRegions, otherRegions } from './regions.ts';
import { RolloutGuard } from './rollout-guard.ts';
import { Sentinel } from './sentinel.ts';

/**
 * The table, the function on its stream, the event bus that it tells of changes, alarms and a
 * dashboard.
 *
 * In one region, or in three with `multiRegion: 'strong'`. Eventually consistent replicas are
 * refused: they check conditions by what their own region has seen, so that two regions could each
 * grant one lock.
 *
 * ```ts
 * const holdfast = new Holdfast(this, 'Holdfast', { alarms: { topic } });
 * holdfast.grantClient(service.taskRole, { namespaces: ['photos'] });
 * ```
 *
 * @throws Error whose message names the property that is wrong
 */
export class Holdfast extends Construct {
  readonly table: TableV2;
  /** Where changes are told; none when `fanOut` is off. */
  readonly eventBus: IEventBus | undefined;
  /** The function on the stream and what feeds it; none when `fanOut` is off. */
  readonly fanOut: FanOut | undefined;
  /** What deletes garbage from a table in several regions; none in a table in one. */
  readonly garbageSweep: GarbageSweep | undefined;
  /** The function that looks after groups which nobody watches; none when `sentinel` is off. */
  readonly sentinel: Sentinel | undefined;
  readonly #topicRoot: string | undefined;
  readonly #others: OtherRegions | undefined;

  constructor(scope: Construct, id: string, props: HoldfastProps = {}) {
    super(scope, id);
    checkProps(props);
    this.#others = otherRegions(props, Stack.of(this).region);
    const table = createTable(this, props, this.#others);
    this.table = table;
    const { logRetention, tracing = false } = props;
    const common = { table, logRetention, tracing };
    if (props.fanOut !== false) {
      this.sentinel = createSentinel(this, table, props);
      const eventBus = props.eventBus ?? createBus(this, props.eventBusName);
      // Under exact optional types CDK's own classes do not fit its interfaces.
      this.eventBus = eventBus as IEventBus;
      this.fanOut = new FanOut(this, 'FanOut', {
        ...common,
        eventBus,
        push: props.push,
        memberMetadata: props.memberMetadata ?? false,
        sentinelQueue: this.sentinel?.queue,
      });
    }
    if (this.#others !== undefined) {
      const { maxReadUnits, maxWriteUnits } = props;
      this.garbageSweep = new GarbageSweep(this, 'GarbageSweep', {
        ...common,
        maxReadUnits,
        maxWriteUnits,
      });
    }
    const { guardedRollouts: guarded = [] } = props;
    if (guarded.length > 0) new RolloutGuard(this, 'RolloutGuard', { ...common, guarded });
    this.#topicRoot = props.push && (props.push.topicRoot ?? DEFAULT_TOPIC_ROOT);
    const { alarms = true, dashboard = true } = props;
    const { fanOut, sentinel, garbageSweep } = this;
    const watched = { table, fanOut, sentinel, garbageSweep };
    const notify = alarms === true || alarms === false ? undefined : alarms;
    const all = alarms === false ? [] : new Alarms(this, 'Alarms', { ...watched, notify }).all;
    if (dashboard) new Dashboard(this, 'Dashboard', { ...watched, alarms: all });
  }

  /** Lets a program take locks, publish, join and so on in these namespaces, and in no others. */
  grantClient(grantee: IGrantable, namespaces: NamespaceProps): Grant {
    return this.#grant(grantee, tableStatement(this.#tableArns(), 'write', namespaces));
  }

  /** Lets a program look at these namespaces. */
  grantReader(grantee: IGrantable, namespaces: NamespaceProps): Grant {
    return this.#grant(grantee, tableStatement(this.#tableArns(), 'read', namespaces));
  }

  /** For people and tools that look after the table: all namespaces, and how it is set up. */
  grantOperator(grantee: IGrantable): Grant {
    return this.#grant(grantee, operatorStatement(this.#tableArns()));
  }

  /**
   * Lets a program hear hints of changes in these namespaces. Its MQTT client id begins with the
   * root of the topics and `-`.
   *
   * @throws Error when there is no `push`
   */
  grantPush(grantee: IGrantable, namespaces: NamespaceProps): void {
    if (this.#topicRoot === undefined) throw new Error('push is off: give its endpoint in props');
    grantTopics(this, grantee, this.#topicRoot, namespaces);
  }

  /** The table, and its replicas: a program may come to whichever it is nearest to. */
  #tableArns(): string[] {
    const { tableArn, tableName } = this.table;
    const replicas = this.#others?.replicas ?? [];
    const ofReplica = (region: string) =>
      Stack.of(this).formatArn({
        ...{ service: 'dynamodb', resource: 'table', resourceName: tableName, region },
      });
    return [tableArn, ...replicas.map(ofReplica)];
  }

  #grant(grantee: IGrantable, statement: ReturnType<typeof operatorStatement>): Grant {
    const { actions, resources, conditions } = statement;
    return Grant.addToPrincipal({ grantee, actions, resourceArns: resources, conditions });
  }
}

function createTable(
  scope: Construct,
  props: HoldfastProps,
  others: OtherRegions | undefined,
): TableV2 {
  const { pointInTimeRecoveryDays: days = 35, maxReadUnits, maxWriteUnits } = props;
  return new TableV2(scope, 'Table', {
    ...(props.tableName !== undefined && { tableName: props.tableName }),
    partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
    sortKey: { name: SORT_KEY, type: AttributeType.STRING },
    ...(others === undefined ? { timeToLiveAttribute: TTL_ATTRIBUTE } : stronglyIn(others)),
    dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
    billing: Billing.onDemand({
      ...(maxReadUnits !== undefined && { maxReadRequestUnits: maxReadUnits }),
      ...(maxWriteUnits !== undefined && { maxWriteRequestUnits: maxWriteUnits }),
    }),
    deletionProtection: props.deletionProtection ?? true,
    removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    pointInTimeRecoverySpecification: {
      pointInTimeRecoveryEnabled: days !== false,
      ...(days !== false && { recoveryPeriodInDays: days }),
    },
  });
}

/** Not together with a time to live: CDK would take it, and CloudFormation refuse it. */
function stronglyIn({ replicas, witness }: OtherRegions) {
  return {
    multiRegionConsistency: MultiRegionConsistency.STRONG,
    replicas: replicas.map((region) => ({ region })),
    ...(witness !== undefined && { witnessRegion: witness }),
  };
}

function createSentinel(
  scope: Construct,
  table: TableV2,
  { sentinel = true, logRetention, tracing = false }: HoldfastProps,
): Sentinel | undefined {
  if (sentinel === false) return undefined;
  const { intervalSeconds } =
    sentinel === true ? { intervalSeconds: DEFAULT_INTERVAL_SECONDS } : sentinel;
  return new Sentinel(scope, 'Sentinel', { table, intervalSeconds, logRetention, tracing });
}

function createBus(scope: Construct, eventBusName: string | undefined): EventBus {
  return new EventBus(scope, 'Bus', eventBusName === undefined ? {} : { eventBusName });
}
