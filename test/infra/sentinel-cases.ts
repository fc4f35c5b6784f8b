import { describe, expect, test } from 'vitest';
import { isAllowed, statementsOf, textOf } from './policy.ts';
import { environmentOf, mappingIn, only, type StackTemplate } from './stack-runner.ts';
import { synthesize } from './synthesize.ts';

/** What a stack with the defaults has of the sentinel. */
export function describeSentinel(template: () => StackTemplate): void {
  describe('the sentinel', { timeout: 120_000 }, () => {
    const of = (type: string, id: string) =>
      Object.entries(template().Resources).filter(
        ([name, resource]) => resource.Type === type && name.startsWith(`HoldfastSentinel${id}`),
      );
    const propertiesOf = (type: string, id: string) => of(type, id)[0]?.[1].Properties;

    test('may send to itself, and takes its messages one by one', () => {
      expect(propertiesOf('AWS::Lambda::Function', 'Handler')).toMatchObject({
        RecursiveLoop: 'Allow',
        Timeout: 30,
      });
      expect(mappingIn(template(), 'Sentinel')).toMatchObject({
        BatchSize: 10,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 10 },
      });
      const [[id] = []] = of('AWS::SQS::Queue', 'DeadLetters');
      expect(propertiesOf('AWS::SQS::Queue', 'Queue')).toMatchObject({
        VisibilityTimeout: 60,
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [id, 'Arn'] }, maxReceiveCount: 5 },
      });
    });

    test('looks for chains that have halted every hour', () => {
      const rule = propertiesOf('AWS::Events::Rule', 'Hourly');
      expect(rule.ScheduleExpression).toBe('rate(1 hour)');
      const [[id] = []] = of('AWS::Lambda::Function', 'Handler');
      expect(rule.Targets[0].Arn).toEqual({ 'Fn::GetAtt': [id, 'Arn'] });
    });

    test('does what a sweep does to groups, and nothing else to anything', () => {
      const statements = statementsOf(template(), 'HoldfastSentinel');
      const table = `<${only(template(), 'AWS::DynamoDB::GlobalTable').id}.Arn>`;
      const may = (action: string, keys?: readonly string[]) =>
        isAllowed(statements, {
          action: `dynamodb:${action}`,
          resource: table,
          context: keys === undefined ? {} : { 'dynamodb:LeadingKeys': keys },
        });
      for (const action of ['GetItem', 'Query', 'UpdateItem', 'DeleteItem']) {
        expect(may(action, ['photos#group#resizers'])).toBe(true);
        expect(may(action, ['photos#lock#door'])).toBe(false);
        expect(may(action)).toBe(false);
      }
      expect(may('UpdateItem', ['_sentinel#chains#3'])).toBe(true);
      expect(may('DeleteItem', ['_sentinel#chains#3'])).toBe(false);
      expect(may('PutItem', ['photos#group#resizers'])).toBe(false);
      expect(may('Scan', ['photos#group#resizers'])).toBe(false);
      const resourcesOf = statements.flatMap(({ Resource }) => [Resource].flat().map(textOf));
      expect(resourcesOf).not.toContain('*');
    });

    test('has its dead letters looked at', () => {
      const alarms = Object.entries(template().Resources).filter(([id, { Type }]) => {
        return Type === 'AWS::CloudWatch::Alarm' && id.startsWith('HoldfastAlarmsSentinel');
      });
      const watched = alarms.map(([, { Properties }]) => [
        Properties.MetricName,
        textOf(Properties.Dimensions[0].Value).replace(/[A-F0-9]{8}/, ''),
        Properties.Threshold,
      ]);
      expect(watched).toEqual([
        ['ApproximateNumberOfMessagesVisible', '<HoldfastSentinelDeadLetters.QueueName>', 0],
        ['ApproximateAgeOfOldestMessage', '<HoldfastSentinelQueue.QueueName>', 330],
      ]);
    });

    test('is not there when it is not wanted', async () => {
      const { template: without } = await synthesize({ props: { sentinel: false } });
      expect(Object.keys(without.Resources).filter((id) => id.includes('Sentinel'))).toEqual([]);
      expect(environmentOf(without, 'FanOut')).not.toHaveProperty('HOLDFAST_SENTINEL_QUEUE_URL');
    });
  });
}
