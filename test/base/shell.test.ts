import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shellQuote } from '../../src/base/shell.ts';

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
      fc.string({ unit: 'binary', maxLength: 30 }),
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
      { numRuns: 50 },
    );
  });

  test('as the name of a command, too', () => {
    const input = `${shellQuote('a=b')} 2>&1; echo $?`;
    expect(execFileSync('sh', { input, encoding: 'utf8' })).toMatch(/127\n$/);
  });
});
