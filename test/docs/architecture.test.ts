import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { expectSections, readPage, ROOT } from '../helpers/docs.ts';
import { FLOORS } from '../helpers/floors.ts';

test('the generated section is the list that the architecture test holds', async () => {
  await expectSections('architecture.md', {
    floors: FLOORS.map(({ name, holds }) => `- \`${name}/\`: ${holds}`).join('\n'),
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
