import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { expectSections, readPage, ROOT, table } from '../helpers/docs.ts';
import { UNITS } from '../helpers/units.ts';

const code = (name: string): string => (/[./]/.test(name) ? `\`${name}\`` : name);

/** The unit's own name first, where it is one of several members. */
const members = ({ name, members: all }: (typeof UNITS)[number]): string =>
  (name === 'shared files' ? all : [name, ...all.filter((member) => member !== name)]).map(code).join(', ');

test('the generated sections are what the import test holds', async () => {
  await expectSections('architecture.md', {
    units: table(
      ['in src', 'holds', 'imports values from'],
      UNITS.map((unit) => [
        unit.name === 'shared files' ? `shared files: ${members(unit)}` : members(unit),
        unit.holds,
        unit.imports.map(code).join(', ') || 'nothing',
      ]),
    ),
  });
});

test('every path that the page names is there', () => {
  const spans = [
    ...readPage('architecture.md').matchAll(/`((?:src|test|docs|scripts|example-project|bench)\/[^`\s]*)`/g),
  ];
  expect(spans.length).toBeGreaterThan(10);
  const missing = spans
    .map((match) => match[1]!)
    .filter((name) => !existsSync(path.join(ROOT, name.replace(/\/\*.*$/, ''))));
  expect(missing).toEqual([]);
});
