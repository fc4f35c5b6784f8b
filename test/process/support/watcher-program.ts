import { config } from '../../../lib/config/index.ts';
import { group } from '../../../lib/group/index.ts';
import { Holdfast } from '../../../lib/index.ts';
import { MqttHints } from '../../../lib/mqtt/index.ts';

/** What the program is told. */
export interface WatcherSettings {
  readonly table: string;
  readonly clientConfig: object;
  readonly broker: string;
  readonly pollMs: number;
}

/** What it tells. All processes of a machine share its wall clock. */
export type WatcherReport =
  | { readonly kind: 'version'; readonly version: number; readonly atMs: number }
  | { readonly kind: 'members'; readonly ids: readonly string[]; readonly atMs: number }
  | { readonly kind: 'connected' | 'disconnected'; readonly atMs: number };

/** Watches every version of a document, and a group, by hints over MQTT. */
process.on('disconnect', () => process.exit());
const settings = JSON.parse(process.argv[2] ?? '{}') as WatcherSettings;
const { table, clientConfig, broker: url, pollMs } = settings;
const hints = new MqttHints({ url });
const holdfast = new Holdfast({ table, clientConfig, hints, label: 'watcher' });
const tell = (report: object) => process.send?.({ ...report, atMs: Date.now() });

const followVersions = async () => {
  const document = config(holdfast, 'limits', { pollMs });
  for await (const { version } of document.watch({ mode: 'every' }))
    tell({ kind: 'version', version });
};
const followMembers = async () => {
  for await (const { view } of group(holdfast, 'crew', { pollMs }).watch()) {
    tell({ kind: 'members', ids: view.members.map(({ id }) => id) });
  }
};
void followVersions();
void followMembers();

let wasConnected = false;
setInterval(() => {
  if (hints.connected === wasConnected) return;
  wasConnected = hints.connected;
  tell({ kind: wasConnected ? 'connected' : 'disconnected' });
}, 10);
