import { pino, type Logger, type LoggerOptions } from 'pino';
import type { StandaloneValues } from './config.ts';
import { demoTenant } from './demo/demo-traffic.ts';

export interface Log {
  readonly logger: Logger;
  /** Whether a person reads it. */
  readonly format: 'text' | 'json';
}

/** The log on standard output: lines for a person in a terminal, JSON lines for whatever collects them elsewhere. */
export function createLog(
  values: Pick<StandaloneValues, 'OFFERLOCK_LOG_FORMAT' | 'OFFERLOCK_LOG_LEVEL'>,
  stdout: NodeJS.WriteStream,
): Log {
  const { OFFERLOCK_LOG_FORMAT: wanted, OFFERLOCK_LOG_LEVEL: wantedLevel } = values;
  const format = wanted === 'auto' ? (stdout.isTTY ? 'text' : 'json') : wanted;
  const level = wantedLevel ?? (format === 'text' ? 'warn' : 'info');
  if (format === 'json') {
    return { format, logger: pino({ level, hooks, base: { service: 'standalone', pid: process.pid } }) };
  }
  const write = (line: string): void => void stdout.write(textOf(line));
  return { format, logger: pino({ level, hooks, base: null }, { write }) };
}

/** What simulated visitors do wrong, they do on purpose: nobody has to be warned. */
const hooks: NonNullable<LoggerOptions['hooks']> = {
  logMethod(args, method) {
    const fields = args[0] as { readonly tenantId?: unknown } | null | undefined;
    if (fields?.tenantId !== demoTenant || this.isLevelEnabled('debug')) method.apply(this, args);
  },
};

interface LogLine {
  readonly level: number;
  readonly time: number;
  readonly msg?: string;
  readonly err?: { readonly message?: string; readonly stack?: string };
  readonly [field: string]: unknown;
}

/** `12:00:00 warn  message  name=value name=value: error` */
export function textOf(line: string): string {
  const { level, time, msg = '', err, ...fields } = JSON.parse(line) as LogLine;
  const name = pino.levels.labels[level] ?? String(level);
  const told = Object.entries(fields).map(([field, value]) => `${field}=${wordOf(value)}`);
  const clock = new Date(time).toTimeString().slice(0, 8);
  // An error of ours says enough; where one was not expected, its place helps.
  const error = err === undefined ? '' : `: ${level >= fatal ? (err.stack ?? err.message) : err.message}`;
  return `${clock} ${name.padEnd(5)} ${msg}${told.length === 0 ? '' : `  ${told.join(' ')}`}${error}\n`;
}

const fatal = 60;

function wordOf(value: unknown): string {
  return typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value);
}
