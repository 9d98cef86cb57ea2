import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeFrame, lineAndColumn } from '../../../src/formats/yaml/source.ts';
import { RUNS } from '../../helpers/runs.ts';

const rangeOf = (text: string, part: string): { start: number; end: number } => {
  const start = text.indexOf(part);
  return { start, end: start + part.length };
};

describe('line and column', () => {
  test.each([
    ['a\nb', 0, 1, 1],
    ['a\nb', 1, 1, 2],
    ['a\nb', 2, 2, 1],
    ['a\nb', 3, 2, 2],
    ['a\r\nbc', 4, 2, 2],
    ['a\rbc', 3, 2, 2],
    ['', 0, 1, 1],
    ['a\n', 2, 2, 1],
    ['\ufeffab', 2, 1, 2],
    ['\ufeffa\nb', 3, 2, 1],
    ['🐧x', 2, 1, 3],
  ])('%j at %i is %i:%i', (text, offset, line, column) => {
    expect(lineAndColumn(text, offset)).toEqual({ line, column });
  });

  test('find the character again', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r\n', '\r') }),
        fc.nat(),
        (text, seed) => {
          const offset = text.length === 0 ? 0 : seed % text.length;
          if (text[offset] === '\n' && text[offset - 1] === '\r') return;
          const { line, column } = lineAndColumn(text, offset);
          const lines = text.split(/(?<=\n|\r(?!\n))/);
          expect(lines.slice(0, line - 1).join('').length + column - 1).toBe(offset);
        },
      ),
      { numRuns: RUNS },
    );
  });
});

describe('code frame', () => {
  const text = 'cell: a.cell\nkernel:\n  image: bzImage\nplacement: exat\n\nchecks: {}\nbundle: {}\n';

  test('shows two lines around, and carets', () => {
    expect(codeFrame(text, rangeOf(text, 'exat'))).toBe(
      [
        '  2 | kernel:',
        '  3 |   image: bzImage',
        '> 4 | placement: exat',
        '    |            ^^^^',
        '  5 |',
        '  6 | checks: {}',
      ].join('\n'),
    );
  });

  test('at the first and the last line, and for an empty range', () => {
    expect(codeFrame(text, { start: 0, end: 0 })).toBe(
      '> 1 | cell: a.cell\n    | ^\n  2 | kernel:\n  3 |   image: bzImage',
    );
    const end = text.length;
    expect(codeFrame(text, { start: end, end })).toBe('  6 | checks: {}\n  7 | bundle: {}\n> 8 |\n    | ^');
    expect(codeFrame('', { start: 0, end: 0 })).toBe('> 1 |\n    | ^');
  });

  test('marks a long range on its first line only', () => {
    const range = { start: text.indexOf('image'), end: text.length };
    expect(codeFrame(text, range).split('\n')[3]).toBe('    |   ^^^^^^^^^^^^^^');
  });

  test('keeps the caret under wide, combined and control characters', () => {
    const wide = 'a:\t内核 e\u0301 \u001b[31m x: bad';
    expect(codeFrame(wide, rangeOf(wide, 'bad'))).toBe(
      ['> 1 | a: 内核 e\u0301 \u241b[31m x: bad', `    | ${' '.repeat(19)}^^^`].join('\n'),
    );
  });

  test('shows what turns or hides text', () => {
    const odd = 'a: \u202eb\u200b\ud800 bad';
    expect(codeFrame(odd, rangeOf(odd, 'bad'))).toBe(
      ['> 1 | a: \ufffdb\ufffd\ufffd bad', `    | ${' '.repeat(8)}^^^`].join('\n'),
    );
  });

  test('cuts long lines round the mark', () => {
    const long = `${'a'.repeat(500)}HERE${'b'.repeat(500)}\nnext`;
    const [line, caret, next] = codeFrame(long, rangeOf(long, 'HERE')).split('\n');
    expect(line).toBe(`> 1 | …${'a'.repeat(50)}HERE${'b'.repeat(46)}…`);
    expect(caret).toBe(`    | ${' '.repeat(51)}^^^^`);
    expect(next).toBe('  2 | next');
  });

  test('aligns line numbers of different length', () => {
    const many = Array.from({ length: 12 }, (_, index) => `k${index + 1}: 1`).join('\n');
    expect(codeFrame(many, rangeOf(many, 'k9:'))).toContain('>  9 | k9: 1\n     | ^^^\n  10 | k10: 1');
  });
});
