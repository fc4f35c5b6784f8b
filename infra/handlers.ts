import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Construct } from 'constructs';

/** Context key: a folder with the bundled functions, in place of those of the package. */
export const HANDLERS_CONTEXT = 'holdfast:handlers';

/**
 * The folder of a bundled function. The package brings them built, so that an app which embeds the
 * construct needs no bundler.
 */
export function handlerFolder(scope: Construct, name: string): string {
  const given: unknown = scope.node.tryGetContext(HANDLERS_CONTEXT);
  const root =
    typeof given === 'string' ? given : fileURLToPath(new URL('../handlers', import.meta.url));
  const folder = `${root}/${name}`;
  if (existsSync(`${folder}/handler.mjs`)) return folder;
  throw new Error(`the function ${name} is not built in ${root}: run "npm run build"`);
}
