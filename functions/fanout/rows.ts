import { CONFIG_ATTRIBUTE } from '../../lib/store/config-schema.ts';
import { GROUP_SORT_KEY } from '../../lib/store/group-schema.ts';

/** Documents and groups have a head each, by which their readers poll. */
export const HEAD_SORT_KEY = GROUP_SORT_KEY.head;

export const HEAD_ATTRIBUTE = {
  revision: CONFIG_ATTRIBUTE.revision,
  version: CONFIG_ATTRIBUTE.version,
} as const;
