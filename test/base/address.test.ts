import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alignUp, describeSize, hex, parseSize, roundSize } from '../../src/base/address.ts';
import { InputError } from '../../src/base/diagnostic.ts';
import { RUNS } from '../helpers/runs.ts';

test.each<[bigint, string, string]>([
  [0n, '0 bytes', '0 bytes'],
  [1n, '1 byte', '1 byte'],
  [1023n, '1023 bytes', '1023 bytes'],
  [1024n, '1 KiB', '1 KiB'],
  [1025n, '1 KiB', '1 KiB (1025 bytes)'],
  [1536n, '1.5 KiB', '1.5 KiB'],
  [14417920n, '13.75 MiB', '13.75 MiB'],
  [1430528n, '1.36 MiB', '1.36 MiB (1430528 bytes)'],
  [73n << 20n, '73 MiB', '73 MiB'],
  [(1n << 32n) - 1n, '3.99 GiB', '3.99 GiB (4294967295 bytes)'],
  [5n << 40n, '5120 GiB', '5120 GiB'],
])('%i bytes are %s', (size, rounded, exact) => {
  expect(roundSize(size)).toBe(rounded);
  expect(describeSize(size)).toBe(exact);
});

test('alignUp gives the next multiple', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 1n << 65n }), fc.nat(40), (value, bits) => {
      const alignment = 1n << BigInt(bits);
      const aligned = alignUp(value, alignment);
      expect(aligned % alignment).toBe(0n);
      expect(aligned >= value && aligned - value < alignment).toBe(true);
    }),
    { numRuns: RUNS },
  );
});

describe('parseSize', () => {
  test.each<[string, bigint]>([
    ['0', 0n],
    ['1048576', 1048576n],
    ['0x100000', 0x100000n],
    ['0XfF', 255n],
    ['64M', 64n << 20n],
    ['0x10K', 0x4000n],
    ['2G', 2n << 30n],
    ['0xffffffffffffffff', (1n << 64n) - 1n],
  ])('%s', (text, value) => {
    expect(parseSize(text)).toBe(value);
  });

  test.each(['', 'x', '0x', '1.5M', '-1', '1 M', '64m', '64MB', '0x10000000000000000', '17179869184G'])(
    "'%s' is refused",
    (text) => {
      expect(() => parseSize(text)).toThrow(InputError);
    },
  );

  test('reads back what hex prints', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (value) => {
        expect(parseSize(hex(value))).toBe(value);
      }),
      { numRuns: RUNS },
    );
  });
});
