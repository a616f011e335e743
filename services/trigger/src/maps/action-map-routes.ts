import { actionMapsSchema, assertNever } from '@offerlock/lifecycle';
import {
  answerOf,
  callerOf,
  HttpProblem,
  jsonSchemaOf,
  problemAnswerOf,
  requireServer,
  tenantOf,
} from '@offerlock/server';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { idType, parseParameter } from '../http/decision-body.ts';
import { emptyDocument } from './apply-action-maps.ts';
import { changeActionMaps, documentBytesMax, type ChangeParts, type Changed } from './change-action-maps.ts';
import type { FollowedRulesBook } from './rules-book.ts';

export interface ActionMapRoutesParts extends ChangeParts {
  readonly book: FollowedRulesBook;
}

/**
 * The action maps of a tenant: what is published, and how to change it. Programs only; a change needs the role `admin`.
 * The JSON Schema of the file is there for everybody who has a key.
 */
export function actionMapRoutes(parts: ActionMapRoutesParts): (http: FastifyInstance) => Promise<void> {
  const { book } = parts;
  return async (http) => {
    http.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
    });

    http.get('/v1/action-maps/schema', { schema: schemaSchema }, async () => actionMapsSchema);

    http.get(
      '/v1/action-maps',
      { schema: publishedSchema, onRequest: requireServer('decisions') },
      async (request, reply) => {
        const tenantId = tenantOf(request, parseParameter(request.query, 'tenantId', null));
        if (!book.caughtUp) throw stillReading();
        const published = book.publishedBy(tenantId) ?? nothing;
        reply.header('etag', `"${published.revision}"`);
        return { tenantId, ...published };
      },
    );

    http.post(
      '/v1/action-maps',
      {
        schema: applySchema,
        bodyLimit: documentBytesMax,
        onRequest: requireServer('admin'),
        // The file is checked by its own schema, which names every problem.
        validatorCompiler: () => (value: unknown) => ({ value }),
      },
      async (request, reply) => {
        const tenantId = tenantOf(request, parseParameter(request.query, 'tenantId', null));
        const dryRun = flagOf(request.query, 'dryRun');
        if (!book.caughtUp) throw stillReading();
        const changed = await changeActionMaps(parts, {
          tenantId,
          file: request.body,
          changedBy: callerOf(request).keyId ?? 'somebody without a key',
          expectedRevision: revisionOf(request.headers['if-match']),
          dryRun,
        });
        if (changed.outcome !== 'applied') throw problemOf(changed);
        reply.header('etag', `"${changed.revision}"`);
        return { tenantId, dryRun, revision: changed.revision, changes: changed.changes };
      },
    );
  };
}

function problemOf(changed: Exclude<Changed, { readonly outcome: 'applied' }>): HttpProblem {
  switch (changed.outcome) {
    case 'refused': {
      const { problems } = changed;
      return new HttpProblem(422, 'ACTION_MAPS_INVALID', sentenceOf(problems), { members: { problems } });
    }
    case 'outdated': {
      const { revision: present } = changed;
      const detail = `expected revision ${present}, which is published now`;
      return new HttpProblem(412, 'REVISION_OUTDATED', detail, { members: { revision: present } });
    }
    case 'too-large': {
      const detail = `with this file the action maps take ${changed.bytes} bytes; expected at most ${documentBytesMax}`;
      return new HttpProblem(413, 'BODY_TOO_LARGE', detail);
    }
    default:
      return assertNever(changed);
  }
}

const nothing = { revision: 0, changedAt: null, changedBy: null, document: emptyDocument };

function stillReading(): HttpProblem {
  return new HttpProblem(503, 'UNAVAILABLE', 'the action maps are still being read; try again', {
    headers: { 'retry-after': '1' },
  });
}

function sentenceOf(problems: readonly { readonly path: string; readonly expected: string }[]): string {
  const [first] = problems;
  const more = problems.length > 1 ? `, and ${problems.length - 1} more` : '';
  return `nothing was applied: ${first?.path === '' ? 'the file' : first?.path}: expected ${first?.expected}${more}`;
}

function flagOf(query: unknown, name: string): boolean {
  const value = (query as Readonly<Record<string, unknown>>)[name];
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  throw new HttpProblem(400, 'PARAMETER_INVALID', `${name}: expected true or false`);
}

/** The revision that an `If-Match` names; null where it is absent, or `*`. */
function revisionOf(header: string | undefined): number | null {
  if (header === undefined || header === '*') return null;
  const revision = /^"(\d{1,15})"$/.exec(header)?.[1];
  if (revision !== undefined) return Number(revision);
  throw new HttpProblem(400, 'PARAMETER_INVALID', 'If-Match: expected one revision in quotes, such as "7"');
}

const tags = ['action maps'];
const tenant = { tenantId: idType.optional().meta({ description: 'Default: that of the key.' }) };
const revision = z.int().meta({ description: '0 where nothing was ever published.' });
const file = z.looseObject({}).meta({ description: 'As the schema at /v1/action-maps/schema has it.' });

const schemaSchema = {
  summary: 'The JSON Schema of a file of action maps',
  tags,
  response: { 200: answerOf('JSON Schema, draft 2020-12', z.looseObject({})) },
};

const publishedSchema = {
  summary: "A tenant's action maps",
  tags,
  querystring: jsonSchemaOf(z.object(tenant), 'input'),
  response: {
    200: answerOf(
      'All versions of all maps, and what they refer to',
      z.object({
        tenantId: z.string(),
        revision,
        changedAt: z.number().nullable(),
        changedBy: z.string().nullable(),
        document: file,
      }),
    ),
    503: problemAnswerOf('The action maps are still being read'),
  },
};

const applySchema = {
  summary: 'Applies a file of action maps',
  description:
    'Versions of action maps are added and never change; targets, schedules and caps are replaced by those of the same ' +
    'id. What the file does not name stays. All of it is applied, or nothing. Sending it again changes nothing. With ' +
    '`If-Match: "<revision>"` only if that revision is still the present one.',
  tags,
  querystring: jsonSchemaOf(z.object({ ...tenant, dryRun: z.enum(['true', 'false']).optional() }), 'input'),
  body: { content: { 'application/json': { schema: jsonSchemaOf(file, 'input') } } },
  response: {
    200: answerOf(
      'What was done, or with `dryRun` what would be done',
      z.object({
        tenantId: z.string(),
        dryRun: z.boolean(),
        revision,
        changes: z.array(
          z.object({
            kind: z.enum([
              'actionMap',
              'actionTarget',
              'scheduleGroup',
              'emergencyScheduleGroup',
              'frequencyCap',
            ]),
            id: z.string(),
            version: z.int().nullable(),
            change: z.enum(['added', 'replaced', 'unchanged']),
            fields: z.array(z.object({ field: z.string(), before: z.unknown(), after: z.unknown() })),
          }),
        ),
      }),
    ),
    400: problemAnswerOf('The body is not JSON, or a parameter is not valid'),
    412: problemAnswerOf('Another revision is published'),
    413: problemAnswerOf('The action maps would be too large'),
    422: problemAnswerOf('The file is not valid; `problems` names each place'),
    503: problemAnswerOf('The log cannot take the change now; it may have been made all the same'),
  },
};
