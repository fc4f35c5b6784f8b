import { hostname } from 'node:os';

/** What the process knows of where it runs. */
export const host = {
  /** Names the process to people: the host and the process id. */
  label(): string {
    return `${hostname()}/${process.pid}`.slice(-128);
  },

  /** Whether this is a function of AWS Lambda, which freezes between invocations. */
  isLambda(): boolean {
    return process.env.AWS_LAMBDA_FUNCTION_NAME !== undefined;
  },
} as const;
