import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { HANDLERS_CONTEXT } from '../../infra/handlers.ts';
import { Holdfast, type HoldfastProps } from '../../infra/index.ts';
import { bundleOf } from '../functions/load-handler.ts';
import { functionOf, type StackTemplate } from './stack-runner.ts';

/** A stack with the construct in it, and whatever `extend` adds. */
export interface Synthesized {
  readonly template: StackTemplate;
  /** Where the code of a part's function is, as it would be uploaded. */
  readonly handlerPathOf: (part: string) => string;
}

export interface SynthesizeOptions {
  readonly props?: HoldfastProps | ((stack: Stack) => HoldfastProps);
  readonly extend?: (holdfast: Holdfast, stack: Stack) => void;
  /** @default whatever region it is deployed to */
  readonly region?: string;
  /** Whether AWS's solutions rules must find nothing. */
  readonly nag?: boolean;
  /** Whether CDK's own rules are asked too. */
  readonly defaultRules?: boolean;
}

const folders: string[] = [];

/** Synthesizes offline, and throws what the construct, CDK or the rules object to. */
export async function synthesize(options: SynthesizeOptions = {}): Promise<Synthesized> {
  const { props = {}, extend, region, nag = false, defaultRules = false } = options;
  const outdir = mkdtempSync(join(tmpdir(), 'holdfast-infra-'));
  folders.push(outdir);
  const handlers = dirname(dirname(await bundleOf('fanout')));
  const app = new App({ outdir, context: { [HANDLERS_CONTEXT]: handlers } });
  const stack = new Stack(app, 'Test', region === undefined ? {} : { env: { region } });
  const given = typeof props === 'function' ? props(stack) : props;
  const holdfast = new Holdfast(stack, 'Holdfast', given);
  extend?.(holdfast, stack);
  if (nag) Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  // CDK's own rules take seconds, and once is enough.
  process.env.CDK_VALIDATION = `${defaultRules}`;
  app.synth();
  const read = (name: string) => JSON.parse(readFileSync(join(outdir, name), 'utf8'));
  const template = read('Test.template.json') as StackTemplate;
  const assets = Object.values(read('Test.assets.json').files) as Asset[];
  return {
    template,
    handlerPathOf: (part) => {
      const key = functionOf(template, part).Properties.Code.S3Key;
      const asset = assets.find(({ destinations }) =>
        Object.values(destinations).some(({ objectKey }) => objectKey === key),
      );
      return join(outdir, asset?.source.path ?? '', 'handler.mjs');
    },
  };
}

/** What the assembly says of a file to be uploaded. */
interface Asset {
  readonly source: { readonly path: string };
  readonly destinations: Readonly<Record<string, { readonly objectKey: string }>>;
}

export function removeOutputs(): void {
  for (const folder of folders) rmSync(folder, { recursive: true });
}
