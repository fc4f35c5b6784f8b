/**
 * Event patterns: the filters of event source mappings and the rules of event buses. The operators
 * are those that AWS documents for filters on DynamoDB streams, and `suffix`, `equals-ignore-case`
 * and `wildcard`, which only rules have.
 */
export type EventPattern = { readonly [field: string]: EventPattern | readonly unknown[] };

/** Whether `event` has every field of `pattern`, with one of the values that it allows. */
export function matchesPattern(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    if (field === '$or' && isList(wanted)) {
      return wanted.some((each) => matchesPattern(each as EventPattern, event));
    }
    const value = isMap(event) ? event[field] : undefined;
    return isList(wanted) ? matchesAny(wanted, value) : matchesPattern(wanted, value ?? {});
  });
}

/** A field with several values matches when any of them does. */
function matchesAny(matchers: readonly unknown[], value: unknown): boolean {
  const values = isList(value) ? value : [value];
  return matchers.some((matcher) => values.some((each) => matchesOne(matcher, each)));
}

function matchesOne(matcher: unknown, value: unknown): boolean {
  if (!isMap(matcher)) return value === matcher;
  const [[operator, operand] = []] = Object.entries(matcher);
  switch (operator) {
    case 'exists':
      // Only leaves exist: a map in the field's place does not count.
      return (value !== undefined && !isMap(value)) === operand;
    case 'anything-but':
      return value !== undefined && !excluded(operand).some((each) => matchesOne(each, value));
    default:
      return typeof value === 'string' && matchesText(operator, operand, value);
  }
}

function matchesText(operator: string | undefined, operand: unknown, value: string): boolean {
  const isIgnoringCase = isMap(operand) && 'equals-ignore-case' in operand;
  const fold = (text: string) => (isIgnoringCase ? text.toLowerCase() : text);
  const text = fold(`${isIgnoringCase ? operand['equals-ignore-case'] : operand}`);
  switch (operator) {
    case 'prefix':
      return fold(value).startsWith(text);
    case 'suffix':
      return fold(value).endsWith(text);
    case 'equals-ignore-case':
      return value.toLowerCase() === text.toLowerCase();
    case 'wildcard':
      return wildcard(text).test(value);
    default:
      // A filter that is not understood must not look like one that nothing passes.
      throw new Error(`event pattern: '${operator}' is not supported here`);
  }
}

function excluded(operand: unknown): readonly unknown[] {
  return isList(operand) ? operand : [operand];
}

function wildcard(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
