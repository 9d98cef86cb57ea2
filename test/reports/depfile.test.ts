import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { depfileText, unreadableIn } from '../../src/reports/depfile.ts';
import { codePoint } from '../helpers/any-text.ts';
import { RUNS } from '../helpers/runs.ts';

test('a rule for each bundle, and an empty one for each input', () => {
  const rules = [
    { target: 'out/a.tar', inputs: ['a.cell.yaml', 'bzImage', 'a.cell.yaml'] },
    { target: 'out/b.tar', inputs: ['b.cell.yaml', 'bzImage'] },
  ];
  expect(depfileText(rules)).toBe(
    `out/a.tar: \\
  a.cell.yaml \\
  bzImage

out/b.tar: \\
  b.cell.yaml \\
  bzImage

a.cell.yaml:

bzImage:

b.cell.yaml:
`,
  );
});

test('an input that is the bundle of another rule has no rule of its own', () => {
  const rules = [
    { target: 'a.tar', inputs: ['a.cell.yaml'] },
    { target: 'b.tar', inputs: ['a.tar'] },
  ];
  expect(depfileText(rules).match(/^a\.tar:/gm)).toHaveLength(1);
});

test('an input with % has no rule, which Make would take for a pattern', () => {
  expect(depfileText([{ target: 'a.tar', inputs: ['100%'] }])).toBe('a.tar: \\\n  100%\n');
});

test.each([
  ['my kernel', String.raw`my\ kernel`],
  ['$(id) $$', String.raw`$$(id)\ $$$$`],
  ['a#b', String.raw`a\#b`],
  ['C:x', String.raw`C\:x`],
  ['100%', '100%'],
  [String.raw`a\b`, String.raw`a\b`],
  [String.raw`a\ b`, String.raw`a\\\ b`],
  [String.raw`a\\b\\ c`, String.raw`a\\b\\\\\ c`],
  ['é[1]', 'é[1]'],
])('%s is written as %s', (name, written) => {
  expect(unreadableIn(name, 'input')).toBeNull();
  expect(depfileText([{ target: 'a.tar', inputs: [name] }])).toContain(`\n  ${written}\n`);
});

describe('what Make or Ninja cannot read', () => {
  test.each(['\n', '\t', '\x1b', '\x7f', '"', '&', "'", '*', ';', '<', '=', '>', '?', '^', '`', '|'])(
    '%j',
    (character) => expect(unreadableIn(`a${character}b`, 'input')).toBe(character),
  );
  test.each([
    [String.raw`a\#`, String.raw`\#`],
    ['a ', ' '],
    ['a\\', '\\'],
    ['a:', ':'],
  ])('%j', (name, part) => expect(unreadableIn(name, 'input')).toBe(part));
  test('% in the path of a bundle', () => {
    expect(unreadableIn('a%b/x.tar', 'target')).toBe('%');
    expect(unreadableIn('a%b/x.tar', 'input')).toBeNull();
  });
});

/** Names as GNU Make takes them from a line of prerequisites. */
const read = (line: string): string[] =>
  [...line.matchAll(/(?:\\+ |\\[#:]|\$\$|[^ ])+/g)].map(([word]) =>
    word
      .replaceAll(/(\\+) /g, (_, { length }: string) => `${'\\'.repeat((length - 1) / 2)} `)
      .replaceAll(/\\([#:])|\$(\$)/g, '$1$2'),
  );

test('every name that is not refused is read as it was', () => {
  const name = fc
    .string({ unit: fc.oneof(fc.constantFrom(...' #$:\\%ab/'), codePoint), minLength: 1, maxLength: 12 })
    .filter((text) => unreadableIn(text, 'input') === null);
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 4 }), (inputs) => {
      const [rule] = depfileText([{ target: 'a.tar', inputs }]).split('\n\n');
      expect(read(rule!.replace(/\n$/, '').slice('a.tar:'.length).replaceAll('\\\n', ''))).toEqual(inputs);
    }),
    { numRuns: RUNS },
  );
});
