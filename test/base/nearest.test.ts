import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/base/nearest.ts';

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
  it.each([
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

  it.each(['', 'x', 'description', 'zzzzzz'])('has no proposal for %j', (word) => {
    expect(nearest(word, KEYS)).toBeUndefined();
  });

  it('has no proposal where there is nothing to choose from', () => {
    expect(nearest('kernel', [])).toBeUndefined();
  });

  it('finds a word again after two neighbours are swapped', () => {
    const word = fc.constantFrom(...KEYS.filter((key) => key.length >= 4));
    fc.assert(
      fc.property(word, fc.nat(), (meant, seed) => {
        const at = seed % (meant.length - 1);
        const typo = meant.slice(0, at) + meant[at + 1]! + meant[at]! + meant.slice(at + 2);
        expect(nearest(typo, KEYS)).toBe(meant);
      }),
    );
  });
});
