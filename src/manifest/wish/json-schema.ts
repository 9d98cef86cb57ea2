import { z } from 'zod';
import { wishSchema } from './schema.ts';

/** The JSON Schema (draft 7) of what stands in place of a cell config, for editors and for the page about it. */
export function wishJsonSchema(): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(wishSchema().required({ generate: true }), {
    io: 'input',
    target: 'draft-7',
  });
  return schema;
}
