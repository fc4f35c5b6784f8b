import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { DEFAULT_TOPIC_ROOT } from '../lib/mqtt/topic.ts';
import { PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE } from '../lib/store/schema.ts';
import { Alarms } from './alarms.ts';
import { FanOut } from './fan-out.ts';
import { grantTopics, type NamespaceProps, operatorStatement, tableStatement } from './grants.ts';
import { checkProps, type HoldfastProps } from './props.ts';
import { RolloutGuard } from './rollout-guard.ts';

/**
 * The table, the function on its stream, the event bus that it tells of changes, and alarms.
 *
 * In one region. Replicas are not offered: those of an eventually consistent global table check
 * conditions by what their own region has seen, so that two regions could each grant one lock.
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
  readonly #topicRoot: string | undefined;

  constructor(scope: Construct, id: string, props: HoldfastProps = {}) {
    super(scope, id);
    checkProps(props);
    const table = createTable(this, props);
    this.table = table;
    if (props.fanOut !== false) {
      const eventBus = props.eventBus ?? createBus(this, props.eventBusName);
      // Under exact optional types CDK's own classes do not fit its interfaces.
      this.eventBus = eventBus as IEventBus;
      this.fanOut = new FanOut(this, 'FanOut', {
        table,
        eventBus,
        push: props.push,
        memberMetadata: props.memberMetadata ?? false,
        logRetention: props.logRetention,
        tracing: props.tracing ?? false,
      });
    }
    const { guardedRollouts: guarded = [], logRetention, tracing = false } = props;
    if (guarded.length > 0) {
      new RolloutGuard(this, 'RolloutGuard', { table, guarded, logRetention, tracing });
    }
    this.#topicRoot = props.push && (props.push.topicRoot ?? DEFAULT_TOPIC_ROOT);
    const { alarms = true } = props;
    if (alarms === false) return;
    const notify = alarms === true ? undefined : alarms;
    new Alarms(this, 'Alarms', { table, fanOut: this.fanOut, notify });
  }

  /** Lets a program take locks, publish, join and so on in these namespaces, and in no others. */
  grantClient(grantee: IGrantable, namespaces: NamespaceProps): Grant {
    return this.#grant(grantee, tableStatement(this.table, 'write', namespaces));
  }

  /** Lets a program look at these namespaces. */
  grantReader(grantee: IGrantable, namespaces: NamespaceProps): Grant {
    return this.#grant(grantee, tableStatement(this.table, 'read', namespaces));
  }

  /** For people and tools that look after the table: all namespaces, and how it is set up. */
  grantOperator(grantee: IGrantable): Grant {
    return this.#grant(grantee, operatorStatement(this.table));
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

  #grant(grantee: IGrantable, statement: ReturnType<typeof operatorStatement>): Grant {
    const { actions, resources, conditions } = statement;
    return Grant.addToPrincipal({ grantee, actions, resourceArns: resources, conditions });
  }
}

function createTable(scope: Construct, props: HoldfastProps): TableV2 {
  const { pointInTimeRecoveryDays: days = 35, maxReadUnits, maxWriteUnits } = props;
  return new TableV2(scope, 'Table', {
    ...(props.tableName !== undefined && { tableName: props.tableName }),
    partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
    sortKey: { name: SORT_KEY, type: AttributeType.STRING },
    timeToLiveAttribute: TTL_ATTRIBUTE,
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

function createBus(scope: Construct, eventBusName: string | undefined): EventBus {
  return new EventBus(scope, 'Bus', eventBusName === undefined ? {} : { eventBusName });
}
