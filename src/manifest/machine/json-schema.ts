import type { z } from 'zod';
import { keysJsonSchema, wholeJsonSchema, type JsonSchema } from '../json-schema.ts';
import {
  bareCellSchema,
  imagesSchema,
  MACHINE_KEYS,
  machineSchema,
  manifestFileSchema,
  manifestInPlace,
  orderSchema,
} from './schema.ts';

/** A part of the schema; it is no schema of its own. */
function jsonOf(schema: z.ZodType): JsonSchema & Required<Pick<JsonSchema, 'properties'>> {
  const { $schema: _, properties = {}, ...json } = keysJsonSchema(schema);
  return { ...json, properties };
}

/** The JSON Schema (draft 7) of a machine file, for editors. */
export function machineJsonSchema(): Record<string, unknown> {
  const { $schema, properties: all } = wholeJsonSchema();
  const pick = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, all[key]]));
  const own = Object.keys(manifestInPlace.shape);
  const closed = { type: 'object', additionalProperties: false };
  const top = jsonOf(machineSchema.omit({ cells: true, system: true })).properties;
  // The example is of a manifest, which has a profile.
  const { examples: _, ...bareChecks } = jsonOf(bareCellSchema).properties.checks!;
  const images = jsonOf(imagesSchema.required({ images: true }));
  const cells = {
    description:
      'The cells, in the order in which they are planned: manifests by their paths, manifests in place, cells without Linux.',
    type: 'array',
    minItems: 1,
    items: {
      anyOf: [
        { type: 'string', description: 'Path of a manifest (*.cell.yaml).' },
        jsonOf(manifestFileSchema.required({ manifest: true })),
        {
          ...closed,
          description: 'A manifest in place: its keys, but for those of the machine.',
          properties: { ...pick(own), ...jsonOf(orderSchema).properties },
          required: ['cell', 'kernel'],
        },
        {
          ...closed,
          description: 'A cell without Linux.',
          properties: {
            ...pick(['name', 'cell', 'layout']),
            checks: bareChecks,
            ...images.properties,
          },
          required: ['cell', 'images'],
        },
      ],
    },
  };
  return {
    $schema,
    title: 'Jailhouse machine file (*.machine.yaml)',
    ...closed,
    properties: { ...pick(MACHINE_KEYS), name: top.name, layout: top.layout, bundle: top.bundle, cells },
    required: ['system', 'cells'],
  };
}
