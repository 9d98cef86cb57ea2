import { expect, test } from 'vitest';
import { parseMachine } from '../../src/manifest/machine/parse.ts';
import { machineJsonSchema } from '../../src/manifest/machine/json-schema.ts';
import { expectSections, readPage } from '../helpers/docs.ts';

interface Schema {
  description?: string;
  items?: Schema;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
}

const line = (key: string, { description = '' }: Schema): string => `- \`${key}\`: ${description}`;

/** The keys of a map, those of maps in lists after their own. */
const keyLines = (properties: Record<string, Schema>, path: string): string[] =>
  Object.entries(properties).flatMap(([name, value]) => [
    line(`${path}${name}`, value),
    ...keyLines(value.items?.properties ?? {}, `${path}${name}[].`),
  ]);

test('the page has every key that a manifest does not have', async () => {
  const { properties } = machineJsonSchema() as { properties: Record<string, Schema> };
  const [, manifest, , bare] = properties.cells!.items!.anyOf!;
  const {
    cell: _cell,
    name: _name,
    layout: _layout,
    checks: _checks,
    after: _after,
    ...own
  } = bare!.properties!;
  const { name, layout, bundle } = properties;
  await expectSections('machine-file.md', {
    keys: [
      line('name', name!),
      line('layout', layout!),
      line('bundle', bundle!),
      line('cells', properties.cells!),
      ...keyLines(manifest!.properties!, 'cells[].'),
      ...keyLines(own, 'cells[].'),
    ].join('\n'),
  });
});

test('the machine on the page is one', () => {
  const text = /```yaml\n([^]*?)```/.exec(readPage('machine-file.md'))![1]!;
  const { problems, cells } = parseMachine(text);
  expect(problems).toEqual([]);
  expect(cells.flatMap((cell) => (cell.kind === 'file' ? [] : cell.parsed.problems))).toEqual([]);
  expect(cells).toHaveLength(3);
});
