import { test } from 'vitest';
import { outputJsonSchema } from '../../src/reports/output-schema.ts';
import { expectSections } from '../helpers/docs.ts';

interface Schema {
  type?: string | string[];
  description?: string;
  const?: unknown;
  enum?: unknown[];
  pattern?: string;
  $ref?: string;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
}

const { oneOf: reports, definitions } = outputJsonSchema() as {
  oneOf: (Schema & { properties: Record<string, Schema> })[];
  definitions: Record<string, Schema>;
};

const code = (value: unknown): string => `\`${String(value)}\``;

/** What a value is, in words. */
function wordsOf(schema: Schema): string {
  const { type, $ref, items, pattern, additionalProperties } = schema;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map(wordsOf))].join(' or ');
  if (schema.allOf) return schema.allOf.map(wordsOf).join(' and ');
  if ($ref !== undefined) {
    const name = $ref.split('/').at(-1)!;
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map(code).join(', ');
  if (Array.isArray(type)) return type.map((each) => wordsOf({ ...schema, type: each })).join(' or ');
  if (type === 'array') return `list of ${wordsOf(items!)}`;
  if (type === 'object') return typeof additionalProperties === 'object' ? 'object by name' : 'object';
  if (type === 'string' && pattern?.startsWith('^0x')) return 'hex text';
  if (type === 'string' && pattern?.includes('{2})*')) return 'bytes in hex';
  return type === 'string' ? 'text' : (type ?? 'anything');
}

/** The keys of an object, those of objects inside it below them. */
function keyLines(schema: Schema, indent = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const description = value.description === undefined ? '' : `; ${value.description}`;
    const inner = [
      value,
      value.items,
      ...(value.anyOf ?? []),
      ...(value.anyOf ?? []).map(({ items }) => items),
    ];
    return [
      `${indent}- ${code(key)}: ${wordsOf(value)}${description}`,
      ...inner.flatMap((each) => (each ? keyLines(each, `${indent}  `) : [])),
    ];
  });
}

const commandOf = ({ properties }: (typeof reports)[number]): string => String(properties.command!.const);

const section = (name: string, schema: Schema): string =>
  [`### ${name}`, '', ...(schema.oneOf ?? [schema]).flatMap((each) => keyLines(each))].join('\n');

test('the page has every key of every command', async () => {
  const { subjects: _, ...envelope } = reports[0]!.properties;
  const shared = {
    ...envelope,
    command: { enum: reports.map(commandOf) },
    subjects: { type: 'array', items: {} },
  };
  await expectSections('reference/output.md', {
    envelope: keyLines({ properties: shared }).join('\n'),
    subjects: reports
      .map((report) => section(code(commandOf(report)), report.properties.subjects!.items!))
      .join('\n\n'),
    parts: Object.entries(definitions)
      .map(([name, schema]) => section(name, schema))
      .join('\n\n'),
  });
});
