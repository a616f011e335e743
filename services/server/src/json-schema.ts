import { z } from 'zod';

/** The JSON Schema (2020-12, as in OpenAPI 3.1) of what the type takes, or of what it gives. */
export function jsonSchemaOf(type: z.ZodType, io: 'input' | 'output' = 'output'): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io });
  return schema;
}

/** A JSON answer in the description of a route. */
export function answerOf(description: string, type: z.ZodType): Record<string, unknown> {
  return { description, content: { 'application/json': { schema: jsonSchemaOf(type) } } };
}

/** Every problem looks the same; the codes are those of `ProblemCode`. */
export function problemAnswerOf(description: string): Record<string, unknown> {
  return { description, content: { 'application/problem+json': { schema: jsonSchemaOf(problemShape) } } };
}

const problemShape = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string().meta({ description: 'Stable; what a program decides by.' }),
  detail: z.string().meta({ description: 'For a person.' }),
});
