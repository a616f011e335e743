import {
  COMPATIBILITY,
  SchemaRegistry as RegistryClient,
  SchemaType,
} from '@kafkajs/confluent-schema-registry';
import type { RegistryConnection } from '@offerlock/config';
import { OfferlockError } from '@offerlock/lifecycle';
import avro from 'avsc';
import type { SchemaRegistry } from '../ports.ts';
import { incompatible, notRegistered } from '../registry-errors.ts';

export interface ConfluentRegistryOptions {
  /** A request fails when the registry is silent for this long. Default: 3 s. */
  readonly requestTimeoutMs?: number;
  /** How often a lookup by id is repeated after a server error or a broken connection. Default: 3. */
  readonly lookupRetriesMax?: number;
}

/**
 * A registry with the Confluent API: Confluent's own, Apicurio, Karapace. New subjects get the compatibility
 * `FULL_TRANSITIVE`; a subject that was given another one is refused with `SCHEMA_INCOMPATIBLE`.
 */
export function createConfluentRegistry(
  connection: RegistryConnection,
  { requestTimeoutMs = 3_000, lookupRetriesMax = 3 }: ConfluentRegistryOptions = {},
): SchemaRegistry {
  const client = new RegistryClient({
    host: connection.url,
    clientId: 'offerlock',
    ...(connection.auth === null ? {} : { auth: connection.auth }),
    retry: { retries: lookupRetriesMax, initialRetryTimeInSecs: 0.1, maxRetryTimeInSecs: 1 },
    middlewares: [
      () => ({
        prepareRequest: async (next) => (await next()).enhance({ timeout: requestTimeoutMs }),
      }),
    ],
  });

  return {
    async schemaById(id) {
      try {
        const schema = await client.getSchema(id);
        return avro.Type.isType(schema) ? JSON.stringify(schema) : null;
      } catch (error) {
        const status = statusOf(error);
        // Without a status the registry did answer, with a schema that the client cannot read as Avro.
        if (status === 404 || status === null) return null;
        throw unavailable(error);
      }
    },
    async idOf(subject, schemaJson) {
      try {
        return await client.getRegistryIdBySchema(subject, avroSchema(schemaJson));
      } catch (error) {
        // The client replaces a 404 by an error without status.
        if (statusOf(error) === null) throw notRegistered(subject, error);
        throw unavailable(error);
      }
    },
    async register(subject, schemaJson) {
      try {
        const { id } = await client.register(avroSchema(schemaJson), {
          subject,
          compatibility: COMPATIBILITY.FULL_TRANSITIVE,
        });
        return id;
      } catch (error) {
        const status = statusOf(error);
        // Without a status the client refused, because the subject has another compatibility.
        if (status === 409 || status === null) throw incompatible(subject, error);
        throw unavailable(error);
      }
    },
  };
}

function avroSchema(schema: string): { type: SchemaType.AVRO; schema: string } {
  return { type: SchemaType.AVRO, schema };
}

/** The HTTP status of the client's error; a broken connection counts as 400 there. Null for its other errors. */
function statusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('status' in error)) return null;
  return typeof error.status === 'number' ? error.status : null;
}

function unavailable(cause: unknown): OfferlockError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OfferlockError('REGISTRY_UNAVAILABLE', `the schema registry does not answer: ${reason}`, {
    cause,
  });
}
