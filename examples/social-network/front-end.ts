/** One front end: takes pictures from its users and sends each to an image server. */
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Holdfast, isHoldfastError } from 'holdfast';
import { type Balancer, type Group, type GroupMember, group } from 'holdfast/group';
import { imageOf } from './image.ts';
import { type Link, runProgram } from './link.ts';

/** So many users upload at a time, and this long passes between two pictures of one. */
const USERS = 3;
const THINK_MS = 30;
const UPLOAD_TIMEOUT_MS = 1_000;
/** An upload that nobody takes for this long is given up. */
const PATIENCE_MS = 8_000;

await runProgram(async (link) => {
  const { name, table, namespace, clientConfig, requestTimeoutMs, ...pace } = link.settings;
  const holdfast = new Holdfast({ table, namespace, label: name, clientConfig, requestTimeoutMs });
  const { pollMs, sweepMs } = pace;
  const images = group(holdfast, 'image-servers', { pollMs, sweepMs });
  await images.atLeast(1);
  const watching = new AbortController();
  void follow(link, images, watching.signal);
  await using _following = await images.follow();
  link.report({ kind: 'ready' });

  const finishing = new AbortController();
  link.on('finish', () => finishing.abort());
  const balancer = images.balancer({ outliers: { failures: 2, restMs: 2_000 } });
  const users = Array.from({ length: USERS }, (_, user) =>
    upload(link, balancer, `${name}-${user}`, finishing.signal),
  );
  const uploads = (await Promise.all(users)).reduce((sum, count) => sum + count, 0);
  watching.abort();
  await holdfast.close();
  link.leave({ kind: 'finished', uploads });
});

/** Tells how this front end sees the group change. */
async function follow(link: Link, images: Group, signal: AbortSignal): Promise<void> {
  for await (const event of images.watch({ signal })) {
    if (event.type === 'snapshot' || event.type === 'reset') continue;
    link.report({ kind: 'saw', change: event.type, member: event.member.id });
  }
}

/** One user, who uploads one picture after the other. Returns how many. */
async function upload(
  link: Link,
  balancer: Balancer,
  user: string,
  finishing: AbortSignal,
): Promise<number> {
  let count = 0;
  for (; !finishing.aborted; count += 1) {
    await uploadOne(link, balancer, `${user}-${count}`);
    await delay(THINK_MS);
  }
  return count;
}

/** Sends a picture to one server after the other until one has taken it. */
async function uploadOne(link: Link, balancer: Balancer, upload: string): Promise<void> {
  const tried: GroupMember[] = [];
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (performance.now() < deadlineMs) {
    const pick = pickFrom(balancer, tried);
    if (pick === undefined) {
      await delay(50);
      continue;
    }
    const server = pick.member.id;
    try {
      await send(pick.member.address ?? '', upload);
      pick.done();
      link.report({ kind: 'uploaded', upload, server, tries: tried.length + 1 });
      return;
    } catch {
      pick.failed();
      tried.push(pick.member);
      link.report({ kind: 'try-failed', upload, server });
    }
  }
  link.report({ kind: 'gave-up', upload });
}

function pickFrom(balancer: Balancer, except: readonly GroupMember[]) {
  try {
    return balancer.pick({ except });
  } catch (error) {
    if (isHoldfastError(error, 'no-member')) return undefined;
    throw error;
  }
}

function send(address: string, upload: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', agent: false, timeout: UPLOAD_TIMEOUT_MS };
    const sending = request(`http://${address}/${upload}`, options, (response) => {
      response.resume();
      response.once('end', () => {
        if (response.statusCode === 201) resolve();
        else reject(new Error(`status ${response.statusCode}`));
      });
      response.once('error', reject);
    });
    sending.once('timeout', () => sending.destroy(new Error('no answer in time')));
    sending.once('error', reject);
    sending.end(imageOf(upload));
  });
}
