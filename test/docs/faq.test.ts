import { expect, test } from 'vitest';
import { FINDING_CODES } from '../../src/base/codes.ts';
import { explainLog } from '../../src/core.ts';
import { readPage } from '../helpers/docs.ts';

const page = readPage('faq.md');
const entries = page.split(/^### /m).slice(1);

const KNOWN: ReadonlySet<string> = new Set(FINDING_CODES);

/** Messages that are headings, and checks that the entry names. */
const facts = entries.map((entry) => ({
  heading: entry.split('\n')[0]!,
  message: /^`([^`]+)`$/m.exec(entry.split('\n')[0]!)?.[1] ?? null,
  checks: [...(/\*\*Found by\*\* ([^]*?)\.\n/.exec(entry)?.[1] ?? '').matchAll(/`([^`]+)`/g)].map(
    ([, id]) => id!,
  ),
}));

test('there are entries for what is seen most', () => {
  expect(facts.length).toBeGreaterThan(20);
  expect(facts.filter(({ checks }) => checks.length > 0).length).toBeGreaterThan(15);
});

test.each(facts)('$heading names checks that there are', ({ checks }) => {
  expect(checks.filter((id) => !KNOWN.has(id))).toEqual([]);
});

test.each(facts.filter(({ message }) => message !== null))(
  'explain knows $message',
  ({ message, checks }) => {
    const { explanations } = explainLog(message!);
    expect(explanations.length).toBeGreaterThan(0);
    expect(explanations.flatMap((each) => each.rules).filter((id) => checks.includes(id))).not.toEqual([]);
  },
);
