/**
 * Deploys the stack for real, and destroys it again, against an emulator of CloudFormation:
 * `cdk bootstrap`, `cdk deploy`, a look at what is there, `cdk destroy`. Needs `moto_server` (the
 * Python package moto) on the path, and says so when it is not.
 *
 * moto takes templates for granted that AWS would refuse, and leaves out alarms, queue policies,
 * time to live and recovery: what is shown is that the app, the assets and the references between
 * the resources hold together.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient, ListStreamsCommand } from '@aws-sdk/client-dynamodb-streams';
import { EventBridgeClient, ListEventBusesCommand } from '@aws-sdk/client-eventbridge';

const ACCOUNT = '123456789012';
const REGION = 'us-east-1';
const START_LIMIT_MS = 60_000;

if (spawnSync('moto_server', ['--help']).status !== 0) {
  console.log('SKIPPED: there is no moto_server on the path (pip install "moto[server]").');
  process.exit(0);
}

const port = await freePort();
// By its name: moto takes addresses of templates apart, and stumbles over a host in numbers.
const endpoint = `http://localhost:${port}`;
const environment = {
  ...process.env,
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: 'check',
  AWS_SECRET_ACCESS_KEY: 'check',
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  CDK_DISABLE_CLI_TELEMETRY: 'true',
};
const server = spawn('moto_server', ['-p', `${port}`], { stdio: 'ignore' });
process.once('exit', () => server.kill('SIGKILL'));
await untilListening();

const context = ['-c', 'emulator=moto', '-c', 'temporary=true'];
const client = {
  endpoint,
  region: REGION,
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
};
cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`);
cdk('deploy', '--require-approval', 'never', ...context);
const deployed = await look();
expect('one table', deployed.tables.length === 1);
expect('one stream', deployed.streams.length === 1);
expect('a bus of its own', deployed.buses.length === 2);
cdk('destroy', '--force', ...context);
const left = await look();
expect('no table left', left.tables.length === 0);
console.log('OK: bootstrapped, deployed and destroyed against moto.');
server.kill('SIGKILL');

function cdk(...args) {
  const begun = performance.now();
  const { status } = spawnSync('npx', ['cdk', ...args], {
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
  console.log(`-- cdk ${args[0]}: code ${status} (${seconds} s)`);
  if (status !== 0) process.exit(1);
}

async function look() {
  const dynamo = new DynamoDBClient(client);
  const tables = [];
  for await (const page of paginateListTables({ client: dynamo }, {})) {
    tables.push(...(page.TableNames ?? []));
  }
  const streams = await new DynamoDBStreamsClient(client).send(new ListStreamsCommand({}));
  const buses = await new EventBridgeClient(client).send(new ListEventBusesCommand({}));
  return { tables, streams: streams.Streams ?? [], buses: buses.EventBuses ?? [] };
}

function expect(what, isSo) {
  if (isSo) return;
  console.error(`FAILED: ${what}`);
  process.exit(1);
}

async function untilListening() {
  const deadline = performance.now() + START_LIMIT_MS;
  for (;;) {
    const answer = await fetch(`${endpoint}/moto-api/`).catch(() => undefined);
    if (answer?.ok) return;
    if (performance.now() > deadline || server.exitCode !== null) {
      console.error('FAILED: moto_server does not start');
      process.exit(1);
    }
    await delay(100);
  }
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, () => {
      const { port: free } = probe.address();
      probe.close(() => resolve(free));
    });
  });
}
