import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wrap } from '../../src/base/wrap.ts';
import { RUNS } from '../helpers/runs.ts';

const AT = { start: 2, indent: 4 };

test('breaks between words, and indents all lines but the first', () => {
  expect(wrap('one two three four five six seven', 24, AT)).toBe('one two three four\n    five six seven');
});

test('does not wrap without a width, nor what fits', () => {
  const long = 'word '.repeat(60).trim();
  expect(wrap(long, null, AT)).toBe(long);
  expect(wrap('as wide as the terminal', 25, AT)).toBe('as wide as the terminal');
  expect(wrap('as wide as the terminal', 24, AT)).toBe('as wide as the\n    terminal');
});

test('keeps commands, quoted texts and names of files whole', () => {
  const text =
    "run `cp DEFCONFIG .config && make olddefconfig`, then (see 'my config file') look at my kernels/bz Image again";
  expect(wrap(text, 24, { ...AT, files: ['/srv/my kernels/bz Image'] }).split('\n    ')).toEqual([
    'run',
    '`cp DEFCONFIG .config && make olddefconfig`,',
    'then (see',
    "'my config file')",
    'look at',
    'my kernels/bz Image',
    'again',
  ]);
});

test('an apostrophe starts no quoted text', () => {
  expect(wrap("the kernel's own and the cell's own memory", 24, AT)).toBe(
    "the kernel's own and\n    the cell's own\n    memory",
  );
});

test('a terminal that is too narrow gets lines that can be read', () => {
  expect(wrap('one two three four five', 1, AT)).toBe('one two three four\n    five');
});

test('loses no word, and makes no line too wide that has more than one', () => {
  const word = fc.stringMatching(/^[a-z(),.;:']{1,12}$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), fc.integer({ min: 24, max: 100 }), (words, width) => {
      const text = words.join(' ');
      const wrapped = wrap(text, width, AT);
      expect(wrapped.replaceAll('\n    ', ' ')).toBe(text);
      for (const [index, line] of wrapped.split('\n').entries()) {
        const whole = index === 0 ? `  ${line}` : line;
        if (whole.length > width) expect(line.trim()).toMatch(/^(?:\S+|\(?'[^']*'\S*)$/);
      }
    }),
    { numRuns: RUNS },
  );
});
