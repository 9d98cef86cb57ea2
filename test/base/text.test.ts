import { execFileSync } from 'node:child_process';
import { codePoint } from '../helpers/any-text.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { either, nearest, shellQuote } from '../../src/base/text.ts';
import { oneIn, RUNS } from '../helpers/runs.ts';

test.each([
  [['x86', 'arm64', 'arm'], 'x86, arm64 or arm'],
  [['none', 'gzip'], 'none or gzip'],
  [['none'], 'none'],
])('%j in words', (words, text) => {
  expect(either(words)).toBe(text);
});

/** What a real shell makes of the words, all in one process. */
function shellWords(words: readonly string[]): string[] {
  const input = words.map((word) => `printf '%s\\0' ${word}\n`).join('');
  return execFileSync('sh', { input, encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\0')
    .slice(0, -1);
}

describe('shellQuote', () => {
  test.each([
    ['demo', 'demo'],
    ['/boot/vmlinuz-6.1.0_x+y@z,1:2', '/boot/vmlinuz-6.1.0_x+y@z,1:2'],
    ['0xffc800', '0xffc800'],
    ['-a', '-a'],
    ['', "''"],
    ['motion control', "'motion control'"],
    ["it's", String.raw`'it'\''s'`],
    ['$(x)', "'$(x)'"],
    ['`x`', "'`x`'"],
    ['a=b', "'a=b'"],
    ['~', "'~'"],
    ['Łódź', "'Łódź'"],
    ['line\nfeed', "'line\nfeed'"],
  ])('%j is written %s', (text, word) => {
    expect(shellQuote(text)).toBe(word);
  });

  test('a shell reads back every text', () => {
    const text = fc.oneof(
      fc.string({ unit: codePoint, maxLength: 30 }),
      fc.string({ unit: fc.constantFrom(...'\'\\"`$(){}[]*?~#&;|<>!=%^ \t\n\rax-'), maxLength: 12 }),
    );
    const texts = fc.array(
      text.map((value) => value.replaceAll('\0', '')),
      { minLength: 200, maxLength: 200 },
    );
    fc.assert(
      fc.property(texts, (values) => {
        expect(shellWords(values.map(shellQuote))).toEqual(values);
      }),
      { numRuns: oneIn(50) },
    );
  });

  test('as the name of a command, too', () => {
    const input = `${shellQuote('a=b')} 2>&1; echo $?`;
    expect(execFileSync('sh', { input, encoding: 'utf8' })).toMatch(/127\n$/);
  });
});

const KEYS = [
  'name',
  'cell',
  'kernel',
  'initrd',
  'cmdline',
  'loader',
  'system',
  'placement',
  'checks',
  'bundle',
];

describe('nearest', () => {
  test.each([
    ['kernal', 'kernel'],
    ['intird', 'initrd'],
    ['cmd-line', 'cmdline'],
    ['check', 'checks'],
    ['Name', 'name'],
    ['sytem', 'system'],
    ['placment', 'placement'],
  ])('takes %s for %s', (typo, meant) => {
    expect(nearest(typo, KEYS)).toBe(meant);
  });

  test.each(['', 'x', 'description', 'zzzzzz'])('has no proposal for %j', (word) => {
    expect(nearest(word, KEYS)).toBeUndefined();
  });

  test('has no proposal where there is nothing to choose from', () => {
    expect(nearest('kernel', [])).toBeUndefined();
  });

  test('finds a word again after two neighbours are swapped', () => {
    const word = fc.constantFrom(...KEYS.filter((key) => key.length >= 4));
    fc.assert(
      fc.property(word, fc.nat(), (meant, seed) => {
        const at = seed % (meant.length - 1);
        const typo = meant.slice(0, at) + meant[at + 1]! + meant[at]! + meant.slice(at + 2);
        expect(nearest(typo, KEYS)).toBe(meant);
      }),
      { numRuns: RUNS },
    );
  });
});
