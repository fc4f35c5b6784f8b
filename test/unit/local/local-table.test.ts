import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { Holdfast } from '../../../lib/index.ts';
import { startLocalTable } from '../../../lib/local/index.ts';

describe('the local table', () => {
  it('begins empty, takes a table and coordinates on it', async () => {
    await using local = await startLocalTable();
    const { clientConfig } = local;
    expect(local.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const client = new DynamoDBClient(clientConfig);
    expect((await client.send(new ListTablesCommand())).TableNames).toEqual([]);
    client.destroy();

    await using holdfast = new Holdfast({ table: 'coordination', clientConfig });
    await holdfast.createTable();
    const hold = await holdfast.lock('album/7').acquire();
    const rival = await holdfast.lock('album/7').tryAcquire();
    expect(rival.acquired).toBe(false);
    expect(await hold.release()).toEqual({ outcome: 'released' });
  });

  it('stops although a client keeps its connection open, and frees its port', async () => {
    const local = await startLocalTable();
    const client = new DynamoDBClient({ ...local.clientConfig, maxAttempts: 1 });
    await client.send(new ListTablesCommand());
    await Promise.all([local.stop(), local.stop()]);
    await expect(client.send(new ListTablesCommand())).rejects.toThrow(/ECONN|hang up/);
    client.destroy();
    await using again = await startLocalTable({ port: Number(new URL(local.endpoint).port) });
    expect(again.endpoint).toBe(local.endpoint);
  });

  it('refuses ports that do not exist or are taken, and unknown options', async () => {
    await using local = await startLocalTable();
    const port = Number(new URL(local.endpoint).port);
    await expect(startLocalTable({ port })).rejects.toThrow(/port: expected .*EADDRINUSE/);
    await expect(startLocalTable({ port: 65_536 })).rejects.toThrow('port: expected an integer');
    await expect(startLocalTable({ host: 'a' } as object)).rejects.toThrow('options: expected');
  });

  it('says what to install where dynalite is missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-local-'));
    try {
      // Out of reach of this repository's packages.
      const outfile = join(folder, 'local.mjs');
      const bundled = { bundle: true, format: 'esm', platform: 'node', logLevel: 'error' } as const;
      const entryPoints = ['lib/local/index.ts'];
      await build({ ...bundled, entryPoints, outfile, packages: 'external' });
      const program = `
        const { startLocalTable } = await import(${JSON.stringify(pathToFileURL(outfile).href)});
        await startLocalTable().catch(({ code, message }) => console.log(code, message));`;
      const options = ['--input-type=module', '--eval', program];
      const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: folder });
      expect(stdout).toMatch(/^peer-missing .*npm install --save-dev dynalite/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
