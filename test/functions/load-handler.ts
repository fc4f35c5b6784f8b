import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildFunctions } from '../../scripts/build-functions.mjs';

const FOLDER = '.build/functions';
const ROOT = join(import.meta.dirname, '../..');
let built: Promise<void> | undefined;

/** Where the bundle of a function is, as it is deployed. */
export async function bundleOf(name: string): Promise<string> {
  built ??= buildFunctions(FOLDER);
  await built;
  return join(ROOT, FOLDER, name, 'handler.mjs');
}

let loads = 0;

/**
 * The bundled function after a cold start of its own, in an environment that stays as it is: the
 * SDK looks for credentials when it first sends something.
 */
export async function loadHandler<Handler>(
  name: string,
  environment: Readonly<Record<string, string>>,
): Promise<Handler> {
  return loadHandlerAt<Handler>(await bundleOf(name), environment);
}

/** The same from wherever a bundle is. */
export async function loadHandlerAt<Handler>(
  path: string,
  environment: Readonly<Record<string, string>>,
): Promise<Handler> {
  Object.assign(process.env, LAMBDA, environment);
  loads += 1;
  const module = await import(`${pathToFileURL(path).href}?load=${loads}`);
  return module.handler as Handler;
}

const LAMBDA = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  // Metrics and logs of a hundred batches are of no use on the screen.
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  POWERTOOLS_METRICS_DISABLED: 'true',
};
