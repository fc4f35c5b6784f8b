import { HoldfastError } from '../errors.ts';
import { describeIssues, type SchemaIssue } from './standard-schema.ts';

/** The schema refuses a document. Nothing was written. */
export class ConfigInvalidError extends HoldfastError {
  readonly issues: readonly SchemaIssue[];

  constructor(name: string, issues: readonly SchemaIssue[]) {
    super('config-invalid', `config '${name}': ${describeIssues(issues).join('; ')}`);
    this.issues = issues;
  }
}

/** The newest version is not the one that the caller expects. Nothing was published. */
export class ConfigConflictError extends HoldfastError {
  readonly expectedVersion: number;
  readonly version: number;

  constructor(name: string, expectedVersion: number, version: number) {
    const message = `config '${name}': expected version ${expectedVersion}, found ${version}`;
    super('config-conflict', message);
    this.expectedVersion = expectedVersion;
    this.version = version;
  }
}
