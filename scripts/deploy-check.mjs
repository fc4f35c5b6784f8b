/**
 * Deploys the stack for real, and destroys it again, against an emulator of CloudFormation:
 * `cdk bootstrap`, then for the stack in one region and for the one in several `cdk deploy`, a look
 * at what is there, `cdk destroy`. Needs `moto_server` (the Python package moto) on the path, and
 * says so when it is not.
 *
 * moto takes templates for granted that AWS would refuse, leaves out alarms, queue policies, time
 * to live and recovery, and has no replicas: what is shown is that the app, the assets and the
 * references between the resources hold together.
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
/** moto tells services apart by whom a request is signed for. */
const SIGNED_FOR_CLOUDFORMATION =
  `AWS4-HMAC-SHA256 Credential=a/20260101/${REGION}/cloudformation/aws4_request, ` +
  'SignedHeaders=host, Signature=0';

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

const client = {
  endpoint,
  region: REGION,
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
};
cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`);
await check('one region', { functions: 2, schedules: 1 });
await check('several regions', { functions: 3, schedules: 2 }, '-c', 'multiRegion=strong');
console.log('OK: bootstrapped, deployed and destroyed against moto.');
console.log('moto has no replicas: the stack of several regions had its table in one of them.');
server.kill('SIGKILL');

async function check(title, expected, ...context) {
  console.log(`-- the stack in ${title}`);
  // Synthesized once: what is deployed is what is destroyed.
  const assembly = ['--app', `.build/deploy-check/${title.replace(' ', '-')}`];
  const moto = ['-c', 'emulator=moto', '-c', 'temporary=true'];
  cdk('synth', '--quiet', '--output', assembly[1], ...moto, ...context);
  cdk('deploy', ...assembly, '--require-approval', 'never');
  const deployed = await look();
  expect('one table', deployed.tables.length, 1);
  expect('one stream', deployed.streams.length, 1);
  expect('a bus of its own', deployed.buses.length, 2);
  const count = (type) => deployed.types.filter((each) => each === type).length;
  expect('functions', count('AWS::Lambda::Function'), expected.functions);
  expect('mappings', count('AWS::Lambda::EventSourceMapping'), 2);
  expect('queues', count('AWS::SQS::Queue'), 3);
  expect('dashboards', count('AWS::CloudWatch::Dashboard'), 1);
  expect('schedules', count('AWS::Events::Rule'), expected.schedules);
  cdk('destroy', ...assembly, '--force');
  const left = await look();
  expect('tables left', left.tables.length, 0);
}

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
  return {
    tables,
    streams: streams.Streams ?? [],
    buses: buses.EventBuses ?? [],
    types: await resourceTypes(),
  };
}

/** What CloudFormation says to have made: its client would be here for nothing else. */
async function resourceTypes() {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: SIGNED_FOR_CLOUDFORMATION,
    },
    body: 'Action=DescribeStackResources&Version=2010-05-15&StackName=Holdfast',
  });
  const text = await answer.text();
  return [...text.matchAll(/<ResourceType>([^<]+)</g)].map(([, type]) => type);
}

function expect(what, count, wanted) {
  if (count === wanted) return;
  console.error(`FAILED: ${what}: expected ${wanted}, got ${count}`);
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
