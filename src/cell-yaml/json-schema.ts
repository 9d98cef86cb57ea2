import { z } from 'zod';
import { cellSchema, systemSchema } from './schema.ts';

/** The JSON Schema (draft 7) of a `*.jailhouse.yaml`, for editors. */
export const descriptionJsonSchema = (): Record<string, unknown> => ({
  ...z.toJSONSchema(
    z
      .union([cellSchema.required({ format: true }), systemSchema.required({ format: true })])
      .meta({ title: 'Jailhouse cell or system (*.jailhouse.yaml)' }),
    { io: 'input', target: 'draft-7' },
  ),
});
