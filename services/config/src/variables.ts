import { OfferlockError } from '@offerlock/lifecycle';
import type { z } from 'zod';

/** The environment variables a process reads: full name to what it holds. */
export interface Variable {
  /** One sentence for `--help`. */
  readonly help: string;
  readonly value: z.ZodType<unknown, string>;
  /** As a person would write it. A variable without a default is required, unless it is `optional`. */
  readonly default?: string;
  readonly optional?: true;
}

export type Variables = Readonly<Record<string, Variable>>;

/** Keeps the precise types of a table of variables. */
export function variables<const Table extends Variables>(table: Table): Table {
  return table;
}

export type Values<Table extends Variables> = {
  readonly [Name in keyof Table]: Table[Name] extends { readonly optional: true }
    ? z.output<Table[Name]['value']> | undefined
    : z.output<Table[Name]['value']>;
};

/**
 * Reads the variables of the table from an environment. Empty counts as unset. Throws `CONFIG_INVALID` with every
 * problem, one a line, each with the variable's name and what was expected; a secret's value is never shown. A variable
 * with our prefix that is not in the table is ignored: processes of one deployment share an environment.
 */
export function parseVariables<const Table extends Variables>(
  table: Table,
  environment: Readonly<Record<string, string | undefined>>,
): Values<Table> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, variable] of Object.entries(table)) {
    const given = environment[name];
    const raw = given === undefined || given === '' ? variable.default : given;
    if (raw === undefined) {
      if (variable.optional !== true) problems.push(`${name} is missing: ${variable.help}`);
      continue;
    }
    const parsed = variable.value.safeParse(raw);
    if (parsed.success) {
      values[name] = parsed.data;
      continue;
    }
    const expected = parsed.error.issues.map((issue) => issue.message).join(', ');
    problems.push(
      isSecret(variable) ? `${name}: ${expected}` : `${name}: ${expected}, got ${JSON.stringify(raw)}`,
    );
  }
  if (problems.length > 0) {
    throw new OfferlockError('CONFIG_INVALID', `the configuration is not valid:\n  ${problems.join('\n  ')}`);
  }
  return Object.freeze(values) as Values<Table>;
}

/** The table as `--help` prints it, one variable after the other, wrapped for a terminal. */
export function describeVariables(table: Variables): string {
  return Object.entries(table)
    .map(([name, variable]) => `  ${name}${defaultOf(variable)}\n      ${variable.help}`)
    .join('\n');
}

function defaultOf(variable: Variable): string {
  if (variable.default !== undefined) return ` = ${variable.default}`;
  return variable.optional === true ? ' (optional)' : ' (required)';
}

function isSecret(variable: Variable): boolean {
  return variable.value.meta()?.['secret'] === true;
}
