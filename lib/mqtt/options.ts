import type { Clock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { AwsCredentials } from './signed-address.ts';

export interface MqttHintsOptions {
  /**
   * Any broker: `mqtt://host:1883`, `mqtts://…`, `ws://…` or `wss://…`, with what it needs to let
   * the client in. Either this or `awsIot`.
   */
  readonly url?: string | undefined;

  /** AWS IoT Core, over a WebSocket that is signed with the process's own credentials. */
  readonly awsIot?: AwsIotOptions | undefined;

  /** First level of all topics, the same as the function's. @default 'holdfast' */
  readonly topicRoot?: string | undefined;

  /**
   * Whether this process tells of its own writes. Leave it off where the fan-out function does.
   * @default false
   */
  readonly publishes?: boolean | undefined;

  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

export interface AwsIotOptions {
  /** What `aws iot describe-endpoint --endpoint-type iot:Data-ATS` prints. */
  readonly endpoint: string;
  readonly region: string;
  /** Asked anew for each connection, such as `fromNodeProviderChain()` or a client's. */
  readonly credentials: () => Promise<AwsCredentials>;
}

const OPTIONS: Record<keyof MqttHintsOptions, true> = {
  ...{ url: true, awsIot: true, topicRoot: true, publishes: true, clock: true, random: true },
};
const URL_PATTERN = /^(mqtts?|wss?):\/\/[^/]+/;
const ROOT_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

export function checkMqttHintsOptions(options: MqttHintsOptions): void {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(OPTIONS, name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError('options', `one of ${Object.keys(OPTIONS).join(', ')}`, unknown);
  }
  const { url, awsIot, topicRoot } = options;
  if ((url === undefined) === (awsIot === undefined)) {
    throw new InvalidArgumentError('url', 'either url or awsIot', url);
  }
  if (url !== undefined && !URL_PATTERN.test(url)) {
    throw new InvalidArgumentError('url', 'an mqtt, mqtts, ws or wss address', url);
  }
  if (topicRoot !== undefined && !ROOT_PATTERN.test(topicRoot)) {
    throw new InvalidArgumentError('topicRoot', 'letters, digits, "_" and "-"', topicRoot);
  }
}
