import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Where the run is written down: the terminal, or whatever stands in for it. */
export interface Paper {
  write(line: string): void;
  style(style: Style, text: string): string;
}

/** Standard output; coloured when somebody looks at it and has not asked for plain text. */
export function standardOutput(): Paper {
  const coloured = process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '';
  return {
    write: (line) => {
      process.stdout.write(`${line}\n`);
    },
    style: (style, text) => (coloured ? styleText(style, text) : text),
  };
}
