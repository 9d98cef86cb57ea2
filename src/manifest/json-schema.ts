import { z } from 'zod';
import { WAIVABLE_CODES } from '../base/codes.ts';
import { inPlaceJsonSchemas } from '../formats/cell/yaml/json-schema.ts';
import { type KeyPattern, KEYS } from './keys.ts';
import { manifestSchema } from './schema.ts';
import { wishJsonSchema } from './wish/json-schema.ts';

/** What is looked at of a JSON Schema. */
export interface JsonSchema extends Record<string, unknown> {
  required?: string[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
  anyOf?: JsonSchema[];
}

/** Gives each key of a manifest its description and its examples, for editors. */
function describeKeys(schema: JsonSchema, pattern: string): void {
  const { properties = {}, items, additionalProperties, anyOf = [] } = schema;
  for (const [name, value] of Object.entries(properties)) {
    describeKey(value, pattern === '' ? name : `${pattern}.${name}`);
  }
  if (items) describeKey(items, `${pattern}.*`);
  if (typeof additionalProperties === 'object') describeKey(additionalProperties, `${pattern}.*`);
  for (const form of anyOf) describeKeys(form, pattern);
}

function describeKey(schema: JsonSchema, pattern: string): void {
  describeKeys(schema, pattern);
  if (!Object.hasOwn(KEYS, pattern)) return;
  const { description, examples } = KEYS[pattern as KeyPattern];
  // A part of a machine file has a description of its own.
  Object.assign(schema, { description, examples: [...examples], ...schema });
  if (pattern !== 'checks.waive.*.rule') return;
  schema.anyOf = [
    { type: 'string', enum: WAIVABLE_CODES },
    { type: 'string', pattern: '^project/' },
  ];
}

/** The JSON Schema (draft 7) of a manifest's keys, or of some of them. */
export function keysJsonSchema(schema: z.ZodType): JsonSchema {
  const json = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) as JsonSchema;
  describeKeys(json, '');
  return json;
}

/** The JSON Schema (draft 7) of a manifest that is complete. */
export function wholeJsonSchema(): JsonSchema & Required<Pick<JsonSchema, 'properties'>> {
  const { $schema, ...schema } = keysJsonSchema(manifestSchema);
  const properties = { ...schema.properties };
  for (const [key, description] of Object.entries(inPlaceJsonSchemas())) {
    const wish = key === 'cell' ? [wishJsonSchema() as JsonSchema] : [];
    properties[key]!.anyOf = [properties[key]!.anyOf![0]!, ...wish, description];
  }
  return { $schema, title: 'Jailhouse cell manifest (*.cell.yaml)', ...schema, properties };
}

/** The JSON Schema (draft 7) of a manifest or of a file of defaults, for editors: what is needed may be in another file. */
export function manifestJsonSchema(): Record<string, unknown> {
  const { required: _, properties, ...schema } = wholeJsonSchema();
  const { required: _image, ...kernel } = properties.kernel!;
  return { ...schema, properties: { ...properties, kernel } };
}
