/** For development and tests: a table on this machine, without Java, Docker or an AWS account. */

export { LocalHints } from './local-hints.ts';
export {
  type LocalClientConfig,
  type LocalTable,
  type LocalTableOptions,
  startLocalTable,
} from './local-table.ts';
