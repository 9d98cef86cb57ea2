import { z } from 'zod';
import { cellSchema, systemSchema } from './schema.ts';

const TARGET = { io: 'input', target: 'draft-7' } as const;

/** The JSON Schema (draft 7) of a `*.jailhouse.yaml`, for editors. */
export const descriptionJsonSchema = (): Record<string, unknown> => ({
  ...z.toJSONSchema(
    z
      .union([cellSchema().required({ format: true }), systemSchema().required({ format: true })])
      .meta({ title: 'Jailhouse cell or system (*.jailhouse.yaml)' }),
    TARGET,
  ),
});

/** The JSON Schemas of descriptions in another file, where their place says what they describe. */
export function inPlaceJsonSchemas(): Record<'cell' | 'system', Record<string, unknown>> {
  const of = (schema: z.ZodType): Record<string, unknown> => {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, TARGET);
    return rest;
  };
  return { cell: of(cellSchema()), system: of(systemSchema()) };
}
