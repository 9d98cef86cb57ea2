import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shellQuote } from '../../src/base/text.ts';
import { parseShellLine } from '../../src/cli/shell-line.ts';
import { UsageError } from '../../src/cli/exit.ts';

const wordsOf = (line: string): string[][] => parseShellLine(line).map(({ words }) => [...words]);

test.each<[string, string[][]]>([
  ['a  b\tc', [['a', 'b', 'c']]],
  [`a 'b c' "d e" f\\ g`, [['a', 'b c', 'd e', 'f g']]],
  [`a'b'"c"d`, [['abcd']]],
  [`"" ''`, [['', '']]],
  ['"a\\"b\\$c\\d"', [['a"b$c\\d']]],
  ["'a\\b'", [['a\\b']]],
  ['a\\\nb c', [['ab', 'c']]],
  ['"a\\\nb"', [['ab']]],
  ['a # b', [['a']]],
  ['a#b # c\nd', [['a#b'], ['d']]],
  ['a && b || c; d & e | f', [['a'], ['b'], ['c'], ['d'], ['e'], ['f']]],
  ['(a; b)', [['a'], ['b']]],
  ['a=$ $', [['a=$', '$']]],
  ['', []],
  [';;\n', []],
])('%j', (line, words) => {
  expect(wordsOf(line)).toEqual(words);
});

test.each([
  ['a >b c', ['>b'], ['a', 'c']],
  ['a 2>&1', ['2>&1'], ['a']],
  ['a2>b', ['>b'], ['a2']],
  ['a >> "b c" <d', ['>>b c', '<d'], ['a']],
  ['a &>log', ['&>log'], ['a']],
  ["a '2'>b", ['>b'], ['a', '2']],
])('redirections of %j', (line, redirections, words) => {
  expect(parseShellLine(line)).toEqual([{ words, redirections }]);
});

test('quoted words come back', () => {
  const word = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), (words) => {
      expect(wordsOf(words.map(shellQuote).join(' '))).toEqual([words]);
    }),
  );
});

test('a line gives the words that sh gives, or is refused', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    ' ',
    '  ',
    "'",
    '"',
    '\\',
    '\\\n',
    '#',
    '=',
    '-',
    '$ ',
    'é',
    '!',
    '{',
    '}',
    ',',
    '%',
  );
  const lines = fc.sample(
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    { numRuns: 300, seed: 15 },
  );
  const taken = lines.flatMap((line) => {
    try {
      const commands = parseShellLine(`x ${line}`);
      return commands.length === 1 ? [{ line, words: commands[0]!.words.slice(1) }] : [];
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      return [];
    }
  });
  expect(taken.length).toBeGreaterThan(100);
  const script = taken.map(({ line }) => `p ${line}\n`).join('');
  const output = execFileSync(
    'sh',
    ['-c', `p() { for w; do printf '%s\\036' "$w"; done; printf '\\035'; }\n${script}`],
    {
      encoding: 'utf8',
    },
  );
  const said = output
    .split('\x1d')
    .slice(0, -1)
    .map((each) => each.split('\x1e').slice(0, -1));
  expect(said).toEqual(taken.map(({ words }) => words));
});
