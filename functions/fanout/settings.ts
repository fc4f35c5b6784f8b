import { DEFAULT_TOPIC_ROOT } from '../../lib/mqtt/topic.ts';
import { type Environment, required } from '../environment.ts';

/** What the function is told by its environment. */
export interface FanOutSettings {
  readonly eventBusName: string;
  /** Whether events carry what members say of themselves. */
  readonly memberMetadata: boolean;
  /** Where hints go; absent when push is off. */
  readonly push: PushSettings | undefined;
  /** Where the sentinel hears of joins; absent when there is none. */
  readonly sentinelQueueUrl: string | undefined;
}

export interface PushSettings {
  /** Host of the account's MQTT broker: `<id>-ats.iot.<region>.amazonaws.com`, or an address. */
  readonly endpoint: string;
  /** First level of every topic. */
  readonly topicRoot: string;
}

/** Names of the variables. The infrastructure sets them by these. */
export const FAN_OUT_VARIABLE = {
  eventBusName: 'HOLDFAST_EVENT_BUS_NAME',
  memberMetadata: 'HOLDFAST_MEMBER_METADATA',
  pushEndpoint: 'HOLDFAST_PUSH_ENDPOINT',
  pushTopicRoot: 'HOLDFAST_PUSH_TOPIC_ROOT',
  sentinelQueueUrl: 'HOLDFAST_SENTINEL_QUEUE_URL',
} as const;

/** @throws Error that names the variable which is missing. */
export function readSettings(environment: Environment): FanOutSettings {
  const read = (name: string) => environment[name] || undefined;
  const endpoint = read(FAN_OUT_VARIABLE.pushEndpoint);
  const topicRoot = read(FAN_OUT_VARIABLE.pushTopicRoot) ?? DEFAULT_TOPIC_ROOT;
  return {
    eventBusName: required(environment, FAN_OUT_VARIABLE.eventBusName),
    memberMetadata: read(FAN_OUT_VARIABLE.memberMetadata) === 'true',
    push: endpoint === undefined ? undefined : { endpoint, topicRoot },
    sentinelQueueUrl: read(FAN_OUT_VARIABLE.sentinelQueueUrl),
  };
}
