import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  contains,
  describeRange,
  endOf,
  holds,
  intersection,
  joined,
  overlaps,
  overlapsBetween,
  overlapsWithin,
  rangeTo,
  span,
  uncovered,
  type AddressRange,
} from '../../src/base/ranges.ts';
import { RUNS } from '../helpers/runs.ts';

const range: fc.Arbitrary<AddressRange> = fc.record({
  start: fc.bigInt({ min: 0n, max: 12n }),
  size: fc.bigInt({ min: 0n, max: 6n }),
});
const members = ({ start, size }: AddressRange): bigint[] =>
  Array.from({ length: Number(size) }, (_, index) => start + BigInt(index));

/** The addresses of all, each once, ascending. */
const union = (ranges: readonly AddressRange[]): bigint[] =>
  [...new Set(ranges.flatMap(members))].toSorted((a, b) => (a < b ? -1 : 1));

describe('ranges are sets of addresses', () => {
  test('holds, overlaps, intersection, contains, span', () => {
    fc.assert(
      fc.property(range, range, (a, b) => {
        const shared = members(a).filter((address) => holds(b, address));
        expect(overlaps(a, b)).toBe(shared.length > 0);
        expect(intersection(a, b)).toEqual(
          shared.length === 0 ? null : { start: shared[0], size: BigInt(shared.length) },
        );
        if (a.size > 0n && b.size > 0n) expect(contains(a, b)).toBe(shared.length === members(b).length);
        const both = span(a, b);
        expect(contains(both, a) && contains(both, b)).toBe(true);
        expect([a.start, b.start]).toContain(both.start);
        expect([endOf(a), endOf(b)]).toContain(endOf(both));
      }),
      { numRuns: RUNS },
    );
  });

  test('joined covers the same addresses by ranges that do not touch', () => {
    fc.assert(
      fc.property(fc.array(range), (ranges) => {
        const found = joined(ranges.filter(({ size }) => size > 0n));
        expect(found.flatMap(members)).toEqual(union(ranges));
        expect(found.every((one, index) => index === 0 || endOf(found[index - 1]!) < one.start)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  test('uncovered is what no range of a sorted list holds', () => {
    fc.assert(
      fc.property(range, fc.array(range), (wanted, ranges) => {
        const available = joined(ranges.filter(({ size }) => size > 0n));
        const rest = members(wanted).filter((address) => !available.some((each) => holds(each, address)));
        expect(uncovered(wanted, available).flatMap(members)).toEqual(rest);
      }),
      { numRuns: RUNS },
    );
  });

  test('overlapsWithin meets every contested address, and names only ranges that overlap', () => {
    fc.assert(
      fc.property(fc.array(range), (ranges) => {
        const items = ranges.filter(({ size }) => size > 0n).map((each) => ({ range: each }));
        const shared = overlapsWithin(items).map(([one, other]) => intersection(one.range, other.range));
        expect(shared).not.toContain(null);
        const contested = union(ranges).filter(
          (address) => ranges.filter((each) => holds(each, address)).length > 1,
        );
        expect(union(shared.map((each) => each!))).toEqual(contested);
      }),
      { numRuns: RUNS },
    );
  });

  test('overlapsBetween finds every pair of two lists that do not overlap themselves', () => {
    fc.assert(
      fc.property(fc.array(range), fc.array(range), (ones, others) => {
        const [a, b] = [ones, others].map((ranges) =>
          joined(ranges.filter(({ size }) => size > 0n)).map((each) => ({ range: each })),
        ) as [{ range: AddressRange }[], { range: AddressRange }[]];
        const pairs = a.flatMap((one) =>
          b.filter((other) => overlaps(one.range, other.range)).map((other) => [one, other]),
        );
        expect(overlapsBetween(a.toReversed(), b.toReversed())).toEqual(pairs);
      }),
      { numRuns: RUNS },
    );
  });
});

test('a range is told by its first address and the first one after it', () => {
  expect(describeRange({ start: 0x1000n, size: 0x1000n })).toBe('0x1000..0x2000');
  expect(rangeTo(0x1000n, 0x2000n)).toEqual({ start: 0x1000n, size: 0x1000n });
});
