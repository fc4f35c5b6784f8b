/**
 * The part of Standard Schema 1.x (https://standardschema.dev) that this library uses: schemas of
 * zod, valibot, ArkType and others have this shape, and no dependency is needed for it.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | PromiseLike<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a schema says of a value. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that a schema objects to. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a schema makes of a document. */
export type OutputOf<Schema> =
  Schema extends StandardSchema<infer _Input, infer Output> ? Output : never;

/** What a schema accepts, and what is published. */
export type InputOf<Schema> =
  Schema extends StandardSchema<infer Input, infer _Output> ? Input : never;

/** Issues as people read them: `limits.uploads: expected a number`. */
export function describeIssues(issues: readonly SchemaIssue[]): readonly string[] {
  return issues.map(({ message, path = [] }) => {
    const where = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
    return where === '' ? message : `${where}: ${message}`;
  });
}

/** What `schema` makes of a value; a schema that throws objects to it. */
export async function validate<Output>(
  schema: StandardSchema<unknown, Output> | undefined,
  value: unknown,
): Promise<SchemaResult<Output>> {
  if (schema === undefined) return { value: value as Output };
  try {
    return await schema['~standard'].validate(value);
  } catch (error) {
    return { issues: [{ message: `the schema failed: ${String(error)}` }] };
  }
}
