import { type Finding, finding, type SourceFile } from './source.ts';
import { isNode, isType, type Node, nameOf, type Place, walk } from './walk.ts';

/** The files that stand between the library and the platform's time and chance. */
const ALLOWED = /^lib\/core\/(clock|random|turn)\.ts$/;

/** Globals that read a clock, wait, or draw, with the members that do none of it. */
const GLOBALS: Readonly<Record<string, { readonly pure?: RegExp; readonly instead: string }>> = {
  setTimeout: { instead: 'Clock.startTimer' },
  setInterval: { instead: 'Clock.startTimer' },
  setImmediate: { instead: 'Clock.startTimer' },
  performance: { instead: 'Clock.monotonicMs' },
  Date: { pure: /^(parse|UTC|prototype)$/, instead: 'Clock.wallMs or the table clock' },
  Math: { pure: /^(?!random$)/, instead: 'Random.fraction' },
  crypto: { pure: /^subtle$/, instead: 'Random.id' },
  AbortSignal: { pure: /^(?!timeout$)/, instead: 'deriveDeadline' },
  process: { pure: /^(?!hrtime$|uptime$)/, instead: 'Clock.monotonicMs' },
  globalThis: { instead: 'an argument' },
};

const NOTHING = /^(?!.)/;

/** Modules that do the same, with the names that do none of it. */
const MODULES: Readonly<Record<string, RegExp>> = {
  timers: NOTHING,
  'timers/promises': NOTHING,
  perf_hooks: NOTHING,
  crypto: /^(createHash|createHmac|hash|timingSafeEqual)$/,
};

/**
 * Clocks, timers and chance outside `lib/core`. One stray `Date.now()` and a seed no longer
 * reproduces a run, nor does a simulated hour pass in a millisecond.
 */
export function checkAmbient(files: readonly SourceFile[]): Finding[] {
  return files
    .filter(({ path }) => path.startsWith('lib/') && !ALLOWED.test(path))
    .flatMap((file) => [...moduleFindings(file), ...globalFindings(file)]);
}

function moduleFindings(file: SourceFile): Finding[] {
  return file.imports.flatMap(({ specifier, names, typeOnly, start }) => {
    const pure = MODULES[specifier.replace(/^node:/, '')];
    if (pure === undefined || typeOnly) return [];
    const culprits = names.filter((name) => !pure.test(name));
    if (culprits.length === 0) return [];
    return finding(file, start, `takes ${culprits.join(', ')} of ${specifier}: use lib/core`);
  });
}

function globalFindings(file: SourceFile): Finding[] {
  const findings: Finding[] = [];
  walk(file.program, (node, place) => {
    if (isType(node) || node.type === 'ImportDeclaration') return 'past';
    const name = nameOf(node);
    if (name === undefined || !Object.hasOwn(GLOBALS, name) || isOnlyAName(place)) return 'into';
    const rule = GLOBALS[name];
    if (rule === undefined || isPureUse(node, place.parent, rule.pure)) return 'into';
    findings.push(finding(file, node.start, `uses ${name}: use ${rule.instead}`));
    return 'into';
  });
  return findings;
}

/** `options.performance` and `{ performance: 1 }` name a property, not the global. */
function isOnlyAName({ parent, key }: Place): boolean {
  if (parent === undefined || parent.computed === true) return false;
  if (key === 'property') return parent.type === 'MemberExpression';
  return key === 'key';
}

function isPureUse(node: Node, parent: Node | undefined, pure: RegExp | undefined): boolean {
  if (parent === undefined || pure === undefined) return false;
  if (parent.type === 'MemberExpression' && parent.object === node && parent.computed !== true) {
    return pure.test(nameOf(parent.property) ?? '');
  }
  // `new Date(epochMs)` only converts; without an argument it reads the clock.
  if (parent.type === 'NewExpression' && nameOf(node) === 'Date') return hasArguments(parent);
  return parent.type === 'BinaryExpression' && parent.operator === 'instanceof';
}

function hasArguments(call: Node): boolean {
  return Array.isArray(call.arguments) && call.arguments.some((argument) => isNode(argument));
}
