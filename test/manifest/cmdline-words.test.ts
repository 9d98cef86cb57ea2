import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinCmdlineWords, quoteCmdlineWord } from '../../src/manifest/cmdline-words.ts';
import { RUNS } from '../helpers/runs.ts';

/** A model of the kernel's reading (next_arg in lib/cmdline.c, on bytes): each word as `[parameter, value]`. */
function readAsLinux(cmdline: string): [string, string | null][] {
  const bytes = Buffer.from(cmdline, 'utf8').toString('latin1');
  const text = (latin: string): string => Buffer.from(latin, 'latin1').toString('utf8');
  const isSpace = (character: string | undefined): boolean =>
    character !== undefined && /[ \t-\r\xa0]/.test(character);
  const words: [string, string | null][] = [];
  let at = 0;
  for (;;) {
    while (isSpace(bytes[at])) at++;
    if (at >= bytes.length) return words;
    const wholeQuoted = bytes[at] === '"';
    if (wholeQuoted) at++;
    let inQuote = wholeQuoted;
    let end = at;
    for (; end < bytes.length && (inQuote || !isSpace(bytes[end])); end++)
      if (bytes[end] === '"') inQuote = !inQuote;
    let word = bytes.slice(at, end);
    if (wholeQuoted && word.endsWith('"')) word = word.slice(0, -1);
    const equals = word.indexOf('=');
    if (equals > 0) {
      let value = word.slice(equals + 1);
      if (value.startsWith('"')) value = value.replace(/^"/, '').replace(/"$/, '');
      words.push([text(word.slice(0, equals)), text(value)]);
    } else {
      words.push([text(word), null]);
    }
    at = end;
  }
}

/** A word as a person means it: split at its first `=`. */
function meant(word: string): [string, string | null] {
  const equals = word.indexOf('=');
  return equals > 0 ? [word.slice(0, equals), word.slice(equals + 1)] : [word, null];
}

describe('words of a kernel command line', () => {
  test.each([
    ['quiet', 'quiet'],
    ['console=ttyS0,115200', 'console=ttyS0,115200'],
    ['key=a b', 'key="a b"'],
    ['key=a=b c', 'key="a=b c"'],
    ['a b', '"a b"'],
    ['a b=c', '"a b=c"'],
    ['=a b', '"=a b"'],
    ['key=\ta', 'key="\ta"'],
    ['dyndbg="file a.c +p"', 'dyndbg="file a.c +p"'],
    ['"a b"', '"a b"'],
    ['say="hi"', 'say="hi"'],
    ['name=à', 'name="à"'],
    ['name=é', 'name=é'],
    ['', null],
    [' ', null],
    ['key="a', null],
    ['key="a b', null],
    ['a "b" c', null],
    ['say "hi"', null],
  ])('%j is written %j', (word, written) => {
    expect(quoteCmdlineWord(word)).toBe(written);
  });

  const unit = fc.constantFrom('a', 'b', '=', ' ', '\t', 'à', 'é', '内', ',', '-', '$', "'", '\\');
  const word = fc.string({ unit, minLength: 1, maxLength: 8 }).filter((each) => each.trim() !== '');

  test('are what Linux reads', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        expect(readAsLinux(joinCmdlineWords(words))).toEqual(words.map(meant));
      }),
      { numRuns: RUNS },
    );
  });

  test('with quotes in them stay one word each, or are refused', () => {
    const quotedUnit = fc.constantFrom('a', '=', ' ', '"', 'à');
    fc.assert(
      fc.property(fc.string({ unit: quotedUnit, minLength: 1, maxLength: 8 }), (each) => {
        const written = quoteCmdlineWord(each);
        if (written !== null) expect(readAsLinux(`x ${written} y`)).toHaveLength(3);
      }),
      { numRuns: RUNS },
    );
  });
});
