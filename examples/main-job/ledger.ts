/** The ledger is a text file with one line an entry: `<number> <token> <process>`. */
export interface LedgerLine {
  readonly number: number;
  /** The fencing token under which it was written. */
  readonly token: number;
  readonly process: string;
}

export function formatLine({ number, token, process }: LedgerLine): string {
  return `${number} ${token} ${process}\n`;
}

export function parseLedger(text: string): LedgerLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [number, token, process = ''] = line.split(' ');
      return { number: Number(number), token: Number(token), process };
    });
}

/** The number of the last line, 0 when there is none. */
export function lastNumber(text: string): number {
  return parseLedger(text).at(-1)?.number ?? 0;
}
