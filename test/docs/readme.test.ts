import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parseManifest } from '../../src/manifest/parse.ts';
import { DEFAULT_INCLUDE } from '../../src/plugin/index.ts';

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
const manifest = /^```yaml\n(.*?)^```/ms.exec(readme)![1]!;

test('the manifest that the README shows has no problem', () => {
  expect(parseManifest(manifest).problems).toEqual([]);
});

test('the README is short, and no line is wide', () => {
  const lines = readme.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(150);
  expect(lines.filter((line) => line.length > 120)).toEqual([]);
});

test('the README and the docstring show the default of `include`', async () => {
  const shown = `/${DEFAULT_INCLUDE.source}/`;
  expect(readme).toContain(`\`${shown}\``);
  expect(await readFile(new URL('../../src/plugin/index.ts', import.meta.url), 'utf8')).toContain(
    `@default ${shown}\n`,
  );
});
