import { Duration, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  type RecursiveLoop,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { handlerFolder } from './handlers.ts';

export interface FunctionProps {
  /** Which of the bundled functions. */
  readonly name: string;
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Longer than the SDK's three attempts at a few requests, shorter than anybody wants to wait.
   * @default 30 seconds
   */
  readonly timeout?: Duration;
  readonly logRetention: RetentionDays | undefined;
  readonly tracing: boolean;
  /** What Lambda does about a function that calls itself. @default it is stopped */
  readonly recursiveLoop?: RecursiveLoop;
}

/** One of the package's functions, with a log and a role of its own that may write it. */
export function createFunction(scope: Construct, props: FunctionProps) {
  const logGroup = new LogGroup(scope, 'Logs', {
    retention: props.logRetention ?? RetentionDays.ONE_MONTH,
  });
  const role = new Role(scope, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  const handler = new LambdaFunction(scope, 'Handler', {
    description: props.description,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    code: Code.fromAsset(handlerFolder(scope, props.name)),
    handler: 'handler.handler',
    memorySize: 256,
    timeout: props.timeout ?? Duration.seconds(30),
    role,
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    tracing: props.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
    environment: { ...props.environment },
    ...(props.recursiveLoop !== undefined && { recursiveLoop: props.recursiveLoop }),
  });
  if (props.tracing) {
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Traces are written to X-Ray, whose actions have no resource type.',
    });
  }
  return { handler, role };
}
