/**
 * Feature flags by OpenFeature from a configuration. Needs `@openfeature/server-sdk`, which nobody
 * else loads.
 */

export { type HoldfastFlags, HoldfastProvider } from './provider.ts';
