/** One measured number. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** How far repeated measurements lay apart. */
  readonly spread?: string | undefined;
  readonly target?: Target | undefined;
}

export interface Target {
  readonly text: string;
  readonly isMet: boolean;
  /** Whether the load of the machine can decide it. A count is right or wrong on any machine. */
  readonly isTimed: boolean;
}

/** What one section of a benchmark found. */
export interface Findings {
  readonly title: string;
  /** How it was measured, in a sentence. */
  readonly method: string;
  readonly figures: readonly Figure[];
}

export interface Section {
  readonly name: string;
  run(scale: Scale): Promise<Findings>;
}

/** `quick`: enough to see that everything works, too little to quote. */
export type Scale = 'quick' | 'full';

export function atMost(value: number, limit: number): Target {
  return { text: `<= ${limit}`, isMet: value <= limit, isTimed: true };
}

export function atLeast(value: number, limit: number): Target {
  return { text: `>= ${limit}`, isMet: value >= limit, isTimed: true };
}

export function exactly(value: number, expected: number): Target {
  return { text: `= ${expected}`, isMet: value === expected, isTimed: false };
}

export function tableOf(number: number, { title, method, figures }: Findings): string {
  const rows = figures.map(({ name, value, unit, spread = '', target }) => [
    name,
    `${textOf(value)} ${unit}`,
    spread,
    target?.text ?? '',
    target === undefined ? '' : target.isMet ? 'pass' : 'FAIL',
  ]);
  const head = ['', 'measured', 'spread', 'target', ''];
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    `   ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd();
  return [`${number}. ${title}`, `   ${method}`, '', ...[head, ...rows].map(line), ''].join('\n');
}

/** Enough digits to compare with a target, not so many that they look precise. */
export function textOf(value: number): string {
  return Number.isInteger(value) ? `${value}` : value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}
