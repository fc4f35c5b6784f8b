import { parseArgs } from 'node:util';

/** Where the run keeps its tables. */
export type Target =
  | { readonly kind: 'local' }
  | {
      readonly kind: 'dynamo';
      readonly table: string;
      readonly ledgerTable: string;
      readonly region: string | undefined;
      readonly endpoint: string | undefined;
      readonly create: boolean;
    };

/** What a run is asked to do. */
export interface JobOptions {
  readonly target: Target;
  readonly processes: number;
  readonly quick: boolean;
  readonly fenced: boolean;
}

export type ParsedOptions =
  | { readonly kind: 'run'; readonly options: JobOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'mistake'; readonly message: string };

const PROCESSES = 8;
const PROCESSES_QUICK = 5;
const PROCESSES_MIN = 4;
const PROCESSES_MAX = 30;
const PROCESSES_RANGE = `from ${PROCESSES_MIN} to ${PROCESSES_MAX}`;

export const HELP = `npm start -- [options]

Processes share a ledger under a lock and elect a leader, while some of them are killed or stopped.
Ends by itself in less than a minute. The exit code is 0 if every check held, 1 if not, 2 for wrong
options.

  --table NAME         use this DynamoDB table; default: a local one, in this process
  --ledger-table NAME  the second table, of the ledger's head row; default: NAME-ledger
  --region REGION      default: as configured for the AWS SDK
  --endpoint URL       another DynamoDB, such as an emulator; credentials come from the environment
  --create             create the two tables if they are missing
  --processes N        how many work at a time, ${PROCESSES_RANGE}; default: ${PROCESSES}
  --quick              fewer processes (${PROCESSES_QUICK}) and fewer of them killed
  --without-fence      a demonstration: writes carry no fence, the stopped process's late write
                       does its damage, and the run must end with exit code 1
  --help               print this
`;

/** Reads the command line. Never throws. */
export function parseOptions(args: readonly string[]): ParsedOptions {
  try {
    const { values } = parseArgs({ args: [...args], options: KNOWN, allowPositionals: false });
    if (values.help === true) return { kind: 'help' };
    const { quick = false } = values;
    const options = {
      target: targetOf(values),
      processes: processesOf(values.processes, quick ? PROCESSES_QUICK : PROCESSES),
      quick,
      fenced: values['without-fence'] !== true,
    };
    return { kind: 'run', options };
  } catch (error) {
    return { kind: 'mistake', message: error instanceof Error ? error.message : String(error) };
  }
}

const KNOWN = {
  table: { type: 'string' },
  'ledger-table': { type: 'string' },
  region: { type: 'string' },
  endpoint: { type: 'string' },
  create: { type: 'boolean' },
  processes: { type: 'string' },
  quick: { type: 'boolean' },
  'without-fence': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Values = { readonly [Name in keyof typeof KNOWN]?: string | boolean | undefined };

function targetOf(values: Values): Target {
  const table = textOf(values.table);
  if (table === undefined) {
    const needy = (['ledger-table', 'region', 'endpoint', 'create'] as const).find(
      (name) => values[name] !== undefined,
    );
    if (needy !== undefined) throw new Error(`--${needy} needs --table`);
    return { kind: 'local' };
  }
  return {
    kind: 'dynamo',
    table,
    ledgerTable: textOf(values['ledger-table']) ?? `${table}-ledger`,
    region: textOf(values.region),
    endpoint: textOf(values.endpoint),
    create: values.create === true,
  };
}

function textOf(value: string | boolean | undefined): string | undefined {
  if (value === '') throw new Error('an option is empty');
  return typeof value === 'string' ? value : undefined;
}

function processesOf(value: string | undefined, byDefault: number): number {
  if (value === undefined) return byDefault;
  const processes = Number(value);
  const fits = processes >= PROCESSES_MIN && processes <= PROCESSES_MAX;
  if (Number.isInteger(processes) && fits) return processes;
  throw new Error(`--processes: ${PROCESSES_RANGE}, not '${value}'`);
}
