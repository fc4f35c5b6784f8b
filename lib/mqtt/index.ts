/**
 * Hints over MQTT, for processes that watch configurations and groups and want to hear of a change
 * at once. Kept out of the core: it needs the optional peer `mqtt`.
 */
export { MqttHints } from './mqtt-hints.ts';
export type { AwsIotOptions, MqttHintsOptions } from './options.ts';
export type { AwsCredentials } from './signed-address.ts';
