import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../../../examples/main-job/options.ts';

describe('the options of the main job', () => {
  it('default to eight processes on a local table', () => {
    expect(parseOptions([])).toEqual({
      kind: 'run',
      options: { target: { kind: 'local' }, processes: 8, quick: false, fenced: true },
    });
  });

  it('take any table of DynamoDB', () => {
    const args = ['--table', 'jobs', '--region', 'eu-west-1', '--create', '--processes', '12'];
    expect(parseOptions(args)).toMatchObject({
      options: {
        processes: 12,
        target: {
          kind: 'dynamo',
          table: 'jobs',
          ledgerTable: 'jobs-ledger',
          region: 'eu-west-1',
          endpoint: undefined,
          create: true,
        },
      },
    });
    const named = ['--table=jobs', '--ledger-table=heads', '--endpoint=http://localhost:8000'];
    expect(parseOptions(named)).toMatchObject({
      options: {
        target: { ledgerTable: 'heads', endpoint: 'http://localhost:8000', create: false },
      },
    });
  });

  it('know the short form, the demonstration and the help', () => {
    expect(parseOptions(['--quick', '--without-fence'])).toMatchObject({
      options: { processes: 5, quick: true, fenced: false },
    });
    expect(parseOptions(['--help'])).toEqual({ kind: 'help' });
  });

  it.each([
    [['--tabel', 'jobs'], "Unknown option '--tabel'"],
    [['jobs'], "Unexpected argument 'jobs'"],
    [['--table'], "'--table <value>' argument missing"],
    [['--table', ''], 'an option is empty'],
    [['--create'], '--create needs --table'],
    [['--endpoint', 'http://localhost:8000'], '--endpoint needs --table'],
    [['--processes', '3'], "from 4 to 30, not '3'"],
    [['--processes', '8.5'], "from 4 to 30, not '8.5'"],
  ])('refuse %j', (args, message) => {
    expect(parseOptions(args)).toEqual({
      kind: 'mistake',
      message: expect.stringContaining(message),
    });
  });
});
