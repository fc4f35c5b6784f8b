import { setTimeout as delay } from 'node:timers/promises';
import { Holdfast } from 'holdfast';
import { transactions } from 'holdfast/transaction';
import { ALBUM_TABLE, ALBUMS, type MoverReport, type Settings, TRANSACTIONS } from './settings.ts';

/** One process that moves quota between albums until it is killed, or told to end. */
const settings: Settings = JSON.parse(process.argv[2] ?? '{}');
let isEnding = false;
process.on('message', () => {
  isEnding = true;
});
// No process outlives the main one.
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);

const holdfast = new Holdfast(settings);
const albums = transactions(holdfast, TRANSACTIONS);
while (!isEnding) await move();
await holdfast.close();
process.exit();

async function move(): Promise<void> {
  const [from, to] = twoAlbums();
  const megabytes = 1 + Math.floor(Math.random() * 50);
  try {
    const { value } = await albums.transact(async (tx) => {
      const [source, target] = await tx.getAll([
        [ALBUM_TABLE, { name: from }],
        [ALBUM_TABLE, { name: to }],
      ]);
      tell({ kind: 'moving', name: tx.id });
      const left = Number(source?.megabytes) - megabytes;
      if (left < 0) return 0;
      tx.update(ALBUM_TABLE, { name: from }, { set: { megabytes: left } });
      const sum = Number(target?.megabytes) + megabytes;
      tx.update(ALBUM_TABLE, { name: to }, { set: { megabytes: sum } });
      return megabytes;
    });
    if (value > 0) tell({ kind: 'moved', from, to, megabytes: value });
  } catch (error) {
    tell({ kind: 'unsure', message: error instanceof Error ? error.message : String(error) });
  }
  await delay(Math.random() * 20);
}

function twoAlbums(): readonly [string, string] {
  const from = Math.floor(Math.random() * ALBUMS.length);
  const to = (from + 1 + Math.floor(Math.random() * (ALBUMS.length - 1))) % ALBUMS.length;
  return [ALBUMS[from] ?? 'beach', ALBUMS[to] ?? 'birds'];
}

function tell(report: MoverReport): void {
  process.send?.(report);
}
