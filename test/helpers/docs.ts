import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect } from 'vitest';

export const ROOT = path.join(import.meta.dirname, '../..');
const DOCS = path.join(ROOT, 'docs');

/** Below docs: `checks.md`, `reference/codes.md`. */
export const pageNames = (): string[] =>
  readdirSync(DOCS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));

export const readPage = (name: string): string => readFileSync(path.join(DOCS, name), 'utf8');

const SECTION = /(<!-- generated: ([a-z0-9-]+) -->\n)[^]*?(<!-- end -->)/g;

const WIDTH = 120;

/** A paragraph or list item in lines of at most {@link WIDTH} columns, but for words that are longer. */
function wrapped(line: string): string {
  const indent = ' '.repeat(/^\s*(?:- )?/.exec(line)![0].length);
  const lines: string[] = [];
  for (const word of line.trimEnd().split(/(?<=\S) /)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `${indent}${word}`);
  }
  return lines.join('\n');
}

const wrapText = (text: string): string =>
  text
    .split(/(^```[^]*?^```$)/m)
    .map((part, index) => (index % 2 === 0 ? part.replaceAll(/^[^|\n].*$/gm, wrapped) : part))
    .join('');

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
    return `${start}\n${wrapText(sections[section] ?? '')}\n\n${end}`;
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
  const start = `\n${page}`.indexOf(`\n${heading}\n`);
  expect(start, `the heading ${heading}`).toBeGreaterThanOrEqual(0);
  const level = /^#+/.exec(heading)![0].length;
  const rest = page.slice(start + heading.length + 1);
  const end = rest.search(new RegExp(`^#{1,${level}} `, 'm'));
  const lines = (end < 0 ? rest : rest.slice(0, end)).split('\n');
  return lines.flatMap((line) => {
    const terms = /^\s*- ((?:`[^`]+`(?:, )?)+)/.exec(line)?.[1] ?? '';
    return [...terms.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
  });
}
