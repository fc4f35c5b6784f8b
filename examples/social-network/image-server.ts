/** One image server: joins the group, takes uploads, drains when it is told to. */
import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Holdfast } from 'holdfast';
import { group } from 'holdfast/group';
import { checksumOf } from './image.ts';
import { runProgram } from './link.ts';

/** What it takes to scale an image, more or less. */
const WORK_MS = 5;

await runProgram(async (link) => {
  const { name, table, namespace, clientConfig, requestTimeoutMs, ...rest } = link.settings;
  const { leaseMs, pollMs, disk } = rest;
  const server = createServer(async (request, response) => {
    const image = await bodyOf(request).catch(() => undefined);
    if (image === undefined) return;
    await delay(WORK_MS);
    // Before the answer: what is acknowledged must be there, whatever becomes of this process.
    appendFileSync(disk, `${(request.url ?? '').slice(1)} ${checksumOf(image)}\n`);
    response.writeHead(201).end();
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  const holdfast = new Holdfast({ table, namespace, label: name, clientConfig, requestTimeoutMs });
  const images = group(holdfast, 'image-servers');
  const membership = await images.join({ id: name, address, leaseMs });
  link.report({ kind: 'ready' });

  const end = async () => {
    server.close();
    await holdfast.close();
    link.leave({ kind: 'finished', uploads: 0 });
  };
  link.on('finish', () => void end());
  // For longer than the front ends take to look, so that nobody sends anything when it leaves.
  link.on('drain', () => void membership.drain(4 * pollMs).then(end));
});

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
