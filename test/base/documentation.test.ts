import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { FINDING_CODES, type FindingCode } from '../../src/base/codes.ts';
import { documentationOf } from '../../src/base/documentation.ts';
import { RULES } from '../../src/checks/kernel/rules/index.ts';
import { ROOT } from '../helpers/docs.ts';

/** The part of a page below a heading, up to the next of its level or above. */
function sectionAt(address: string): string {
  const [file, anchor] = address.split('#') as [string, string];
  const page = readFileSync(path.join(ROOT, file), 'utf8').replaceAll(/^```[^]*?^```/gm, '');
  const headings = [...page.matchAll(/^(#+) (.*)$/gm)].map((match) => ({
    level: match[1]!.length,
    start: match.index,
    // As GitHub makes them.
    anchor: match[2]!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  }));
  const at = headings.findIndex((heading) => heading.anchor === anchor);
  expect(at, address).toBeGreaterThanOrEqual(0);
  const next = headings.slice(at + 1).find(({ level }) => level <= headings[at]!.level);
  return page.slice(headings[at]!.start, next?.start);
}

test.each(FINDING_CODES)('%s: its page has the heading, and names the code below it', (code) => {
  expect(sectionAt(documentationOf(code))).toContain(`\`${code}\``);
});

test('kernel rules have headings of their own', () => {
  for (const { id } of RULES)
    expect(documentationOf(id)).toBe(`docs/reference/kernel-rules.md#${id.replace('/', '')}`);
});

test('rules of a project lead to what is known of them', () => {
  const section = sectionAt(documentationOf('project/CONFIG_PREEMPT_RT' as FindingCode));
  expect(section).toContain('`project/');
});
