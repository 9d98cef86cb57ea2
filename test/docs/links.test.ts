import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { pageNames, ROOT } from '../helpers/docs.ts';

const INTEGRATIONS = readdirSync(path.join(ROOT, 'integrations'), { recursive: true, encoding: 'utf8' });
const PAGES = [
  'README.md',
  'CHANGELOG.md',
  ...pageNames().map((name) => `docs/${name}`),
  ...INTEGRATIONS.filter((name) => name.endsWith('.md')).map((name) => `integrations/${name}`),
];

const withoutCode = (text: string): string =>
  text.replaceAll(/^```[^]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');

/** As GitHub makes them of headings. */
const anchors = (text: string): string[] =>
  [...text.replaceAll(/^```[^]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

const read = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');

describe.each(PAGES)('%s', (page) => {
  const text = read(page);
  const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
  const local = links.filter((link) => !/^[a-z]+:/.test(link));

  test('its links lead to files and headings that are there', () => {
    const broken = local.filter((link) => {
      const [file, anchor] = link.split('#') as [string, string?];
      const target = path.join(path.dirname(page), file);
      const whole = file === '' ? page : target;
      if (!existsSync(path.join(ROOT, whole))) return true;
      return anchor !== undefined && !anchors(read(whole)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('links to files here are relative', () => {
    expect(local.filter((link) => link.startsWith('/'))).toEqual([]);
  });
});

test('the README leads to every page, and pages to the reference', () => {
  const readme = read('README.md');
  const [reference, pages] = [true, false].map((isReference) =>
    pageNames().filter((name) => name.startsWith('reference/') === isReference),
  ) as [string[], string[]];
  const text = pages.map((name) => read(`docs/${name}`)).join('\n');
  expect(reference.length).toBeGreaterThan(5);
  expect(pages.filter((name) => !readme.includes(`(docs/${name})`))).toEqual([]);
  expect(reference.filter((name) => !text.includes(`(${name}`))).toEqual([]);
});
