import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect } from 'vitest';

export const ROOT = path.join(import.meta.dirname, '../..');
const DOCS = path.join(ROOT, 'docs');

export const pageNames = (): string[] => readdirSync(DOCS).filter((name) => name.endsWith('.md'));

export const readPage = (name: string): string => readFileSync(path.join(DOCS, name), 'utf8');

const SECTION = /(<!-- generated: ([a-z0-9-]+) -->\n)[^]*?(<!-- end -->)/g;

/**
 * Holds the generated sections of a page, `<!-- generated: NAME -->` to `<!-- end -->`, against what the code gives now;
 * `npx vitest run test/docs -u` writes them anew.
 */
export async function expectSections(
  name: string,
  sections: Readonly<Record<string, string>>,
): Promise<void> {
  const found: string[] = [];
  const page = readPage(name).replaceAll(SECTION, (_, start: string, section: string, end: string) => {
    found.push(section);
    return `${start}\n${sections[section] ?? ''}\n\n${end}`;
  });
  expect(found.toSorted()).toEqual(Object.keys(sections).toSorted());
  const file = path.join(DOCS, name);
  const formatted = await format(page, { ...(await resolveConfig(file)), parser: 'markdown' });
  await expect(formatted).toMatchFileSnapshot(file);
}

export const codeBlock = (text: string, language = 'text'): string =>
  `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;

/** Rows of a markdown table; a `|` in a cell would end it. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

/** What stands in code spans at the start of list items below a heading: `- `a/b`, `c/d`: text` gives both. */
export function listedTerms(page: string, heading: string): string[] {
  const start = page.indexOf(`\n${heading}\n`);
  expect(start, `the heading ${heading}`).toBeGreaterThanOrEqual(0);
  const level = /^#+/.exec(heading)![0].length;
  const rest = page.slice(start + heading.length + 2);
  const end = rest.search(new RegExp(`^#{1,${level}} `, 'm'));
  const lines = (end < 0 ? rest : rest.slice(0, end)).split('\n');
  return lines.flatMap((line) => {
    const terms = /^\s*- ((?:`[^`]+`(?:, )?)+)/.exec(line)?.[1] ?? '';
    return [...terms.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
  });
}
