import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rangeIndex } from '../../src/base/range-index.ts';
import { holds } from '../../src/base/ranges.ts';
import { RUNS } from '../helpers/runs.ts';

test('no range holds anything where there is none', () => {
  expect(rangeIndex([])(0n)).toBe(-1);
});

test('finds what a search from the first range on finds', () => {
  const range = fc.record({ start: fc.bigInt(0n, 40n), size: fc.bigInt(0n, 20n) });
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), (ranges) => {
      const find = rangeIndex(ranges);
      for (let address = 0n; address < 64n; address++) {
        expect(find(address)).toBe(ranges.findIndex((each) => holds(each, address)));
      }
    }),
    { numRuns: RUNS },
  );
});
