/**
 * Bundles the Lambda functions as they are deployed: one file each, without the SDK's clients,
 * which Lambda's runtime brings.
 *
 *   node scripts/build-functions.mjs dist/handlers
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Every function, by the name of its folder. */
export const FUNCTIONS = ['fanout', 'garbage', 'rollout', 'sentinel'];

/**
 * @param {string} folder where each function gets a folder of its own, relative to the repository
 * @returns {Promise<void>}
 */
export async function buildFunctions(folder) {
  await build({
    absWorkingDir: ROOT,
    entryPoints: FUNCTIONS.map((name) => ({
      in: `functions/${name}/handler.ts`,
      out: `${name}/handler`,
    })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['@aws-sdk/client-*'],
    // Parts of Powertools are CommonJS, and look for `require`.
    banner: {
      js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
}

const isMain = process.argv[1] === fileURLToPath(import.meta.url);
if (isMain) await buildFunctions(process.argv[2] ?? 'dist/handlers');
