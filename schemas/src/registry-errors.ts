import { OfferlockError } from '@offerlock/lifecycle';

export function notRegistered(subject: string, cause?: unknown): OfferlockError {
  return new OfferlockError(
    'SCHEMA_NOT_REGISTERED',
    `the subject ${subject} does not hold our schema: run \`offerlock schemas register\``,
    { details: { subject }, cause },
  );
}

export function incompatible(subject: string, cause: unknown): OfferlockError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OfferlockError(
    'SCHEMA_INCOMPATIBLE',
    `the registry refuses the schema of ${subject}: ${reason}`,
    {
      details: { subject },
      cause,
    },
  );
}
