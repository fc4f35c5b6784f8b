import { Stack } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { configKey } from '../lib/store/config-schema.ts';
import { NAMESPACE_PATTERN } from '../lib/store/schema.ts';
import { CHAIN_PARTITION_PREFIX } from '../lib/store/sentinel-schema.ts';

/** Which part of the table a grant is for. */
export interface NamespaceProps {
  /** Namespaces, as in the options of the library. At least one. */
  readonly namespaces: readonly string[];
}

const READING = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'];
const WRITING = [
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:ConditionCheckItem',
];
/** A request without keys has none that could break a rule on all of them: it must have some. */
const WITH_KEYS = { Null: { 'dynamodb:LeadingKeys': 'false' } };

/** The condition on a request that it touches these partitions alone. */
export function onlyPartitions(keys: readonly string[]) {
  return { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': keys }, ...WITH_KEYS };
}

const INSPECTING = ['dynamodb:DescribeTable', 'dynamodb:DescribeTimeToLive'];

/**
 * What roles may do. Never `Scan`, which shows every namespace whatever the condition says; nor the
 * stream, whose records cannot be told apart by namespace.
 */
export function tableStatement(
  tableArns: readonly string[],
  access: 'read' | 'write',
  { namespaces }: NamespaceProps,
): PolicyStatement {
  checkNamespaces(namespaces);
  return new PolicyStatement({
    actions: access === 'read' ? READING : [...READING, ...WRITING],
    resources: [...tableArns],
    conditions: {
      'ForAllValues:StringLike': {
        'dynamodb:LeadingKeys': namespaces.map((namespace) => `${namespace}#*`),
      },
      ...WITH_KEYS,
    },
  });
}

/** A document, by where it is. */
export interface DocumentPlace {
  readonly namespace: string;
  readonly name: string;
}

/** What it takes to change the rollouts of these documents, and nothing of any other row. */
export function documentStatement(
  table: Pick<ITableV2, 'tableArn'>,
  documents: readonly DocumentPlace[],
): PolicyStatement {
  checkNamespaces(documents.map(({ namespace }) => namespace));
  const keys = documents.map(({ namespace, name }) => configKey(namespace, name).pk);
  return new PolicyStatement({
    actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
    resources: [table.tableArn],
    conditions: onlyPartitions([...new Set(keys)]),
  });
}

/**
 * Groups, in every namespace. A policy has no way to say that the kind is the second part of a
 * key, so a lock whose name holds `#group#` is within it too.
 */
export function groupsStatement(table: Pick<ITableV2, 'tableArn'>): PolicyStatement {
  const changing = ['dynamodb:UpdateItem', 'dynamodb:DeleteItem'];
  return keyStatement(table, ['dynamodb:GetItem', 'dynamodb:Query', ...changing], '*#group#*');
}

/** The rows of the sentinel's own. */
export function chainsStatement(table: Pick<ITableV2, 'tableArn'>): PolicyStatement {
  const actions = ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'];
  return keyStatement(table, actions, `${CHAIN_PARTITION_PREFIX}*`);
}

function keyStatement(
  table: Pick<ITableV2, 'tableArn'>,
  actions: string[],
  key: string,
): PolicyStatement {
  return new PolicyStatement({
    actions,
    resources: [table.tableArn],
    conditions: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [key] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  });
}

/** All namespaces, and how the table is set up. */
export function operatorStatement(tableArns: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    actions: [...READING, ...WRITING, ...INSPECTING],
    resources: [...tableArns],
  });
}

/** Grants that a watcher needs to hear of the changes in its namespaces. */
export function grantTopics(
  scope: Construct,
  grantee: IGrantable,
  topicRoot: string,
  { namespaces }: NamespaceProps,
): void {
  checkNamespaces(namespaces);
  const arn = (resource: string, resourceName: string) =>
    Stack.of(scope).formatArn({ service: 'iot', resource, resourceName });
  const statement = (action: string, resources: string[]) =>
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: [action], resources }),
    );
  const topics = namespaces.map((namespace) => `${topicRoot}/${namespace}/*`);
  statement('iot:Connect', [arn('client', `${topicRoot}-*`)]);
  statement(
    'iot:Subscribe',
    topics.map((topic) => arn('topicfilter', topic)),
  );
  statement(
    'iot:Receive',
    topics.map((topic) => arn('topic', topic)),
  );
}

function checkNamespaces(namespaces: readonly string[]): void {
  if (namespaces.length === 0) throw new Error('namespaces: name at least one');
  for (const namespace of namespaces) {
    if (NAMESPACE_PATTERN.test(namespace)) continue;
    throw new Error(
      `namespaces: '${namespace}' is none: letters, digits, ".", "_" and "-", at most 128`,
    );
  }
}
