import { CONFIG_ATTRIBUTE, configKey } from '../../lib/store/config-schema.ts';

/** Documents and groups have a head each, by which their readers poll. */
export const HEAD_SORT_KEY = configKey('', '').sk;

export const HEAD_ATTRIBUTE = {
  revision: CONFIG_ATTRIBUTE.revision,
  version: CONFIG_ATTRIBUTE.version,
} as const;

export const MEMBER_PREFIX = 'member#';

export const MEMBER_ATTRIBUTE = {
  incarnation: 'incarnation',
  generation: 'generation',
  version: 'version',
  state: 'state',
  address: 'address',
  zone: 'zone',
  weight: 'weight',
  meta: 'meta',
} as const;
