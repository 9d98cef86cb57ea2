import { expect, test } from 'vitest';
import { wishJsonSchema } from '../../src/manifest/wish/json-schema.ts';
import { readAlone } from '../../src/manifest/layers.ts';
import { parseWishFile } from '../../src/manifest/wish/file.ts';
import { expectSections, readPage } from '../helpers/docs.ts';

interface Schema {
  type?: string | string[];
  description?: string;
  enum?: readonly string[];
  items?: Schema;
  properties?: Record<string, Schema>;
}

/** The keys of a map, those of maps in it after their own. */
function keyLines(schema: Schema, path: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const key = path === '' ? name : `${path}.${name}`;
    const choices =
      value.enum === undefined ? '' : ` (${value.enum.map((each) => `\`${each}\``).join(', ')})`;
    return [
      `- \`${key}\`${choices}: ${value.description ?? ''}`,
      ...keyLines(value, key),
      ...keyLines(value.items ?? {}, `${key}[]`),
    ];
  });
}

/** Memory regions are those of descriptions, which have a page of their own. */
const isOwn = (line: string): boolean => !line.startsWith('- `regions[]');

test('the page has every key of a wish', async () => {
  const { properties } = wishJsonSchema() as { properties: { generate: Schema } };
  await expectSections('reference/wish.md', {
    keys: keyLines(properties.generate, '').filter(isOwn).join('\n'),
  });
});

test('the wishes on the page about machines are some', () => {
  const blocks = [...readPage('machine.md').matchAll(/```yaml\n([^]*?)```/g)].map((match) => match[1]!);
  expect(blocks.length).toBeGreaterThan(0);
  for (const block of blocks) expect(parseWishFile(readAlone(block)).problems).toEqual([]);
});
