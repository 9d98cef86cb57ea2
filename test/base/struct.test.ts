import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { array, bytes, struct, u16le, u32le, u64le, u8 } from '../../src/base/struct.ts';
import { RUNS } from '../helpers/runs.ts';

const sample = struct({ a: u8, b: u16le, c: u32le, d: u64le, e: bytes(3), f: array(u16le, 2) });

const value = fc.record({
  a: fc.nat(0xff),
  b: fc.nat(0xffff),
  c: fc.nat(0xffffffff),
  d: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  e: fc.uint8Array({ minLength: 3, maxLength: 3 }),
  f: fc.array(fc.nat(0xffff), { minLength: 2, maxLength: 2 }),
});

test('fields lie one behind the other, little endian, without padding', () => {
  expect(sample.size).toBe(22);
  expect(sample.offsets).toEqual({ a: 0, b: 1, c: 3, d: 7, e: 15, f: 18 });
  const encoded = sample.encode({
    a: 1,
    b: 0x0203,
    c: 0x04050607,
    d: 0x08090a0b0c0d0e0fn,
    e: Uint8Array.of(1, 2, 3),
    f: [0x1011, 0x1213],
  });
  expect(Buffer.from(encoded).toString('hex')).toBe('010302070605040f0e0d0c0b0a090801020311101312');
});

test('what is written is read back', () => {
  fc.assert(
    fc.property(value, fc.nat(5), (given, shift) => {
      const encoded = sample.encode(given);
      expect(sample.decode(encoded)).toEqual(given);
      const shifted = new Uint8Array(shift + encoded.length);
      shifted.set(encoded, shift);
      expect(sample.decode(shifted, shift)).toEqual(given);
      expect(sample.decode(shifted.subarray(shift))).toEqual(given);
    }),
    { numRuns: RUNS },
  );
});

test('what is read is written back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: sample.size, maxLength: sample.size }), (given) => {
      expect(sample.encode(sample.decode(given))).toEqual(given);
    }),
    { numRuns: RUNS },
  );
});

test('nothing is read behind the end of what was given', () => {
  const field = struct({ e: bytes(8) });
  const part = new Uint8Array(16).fill(7).subarray(4, 8);
  expect(() => field.decode(part)).toThrow(RangeError);
  expect(() => field.decode(part, 1)).toThrow(RangeError);
  expect(() => field.write(new DataView(new ArrayBuffer(16), 4, 4), 0, { e: new Uint8Array(8) })).toThrow(
    RangeError,
  );
});

test('what is read is a copy', () => {
  const source = new Uint8Array(sample.size);
  const { e } = sample.decode(source);
  source.fill(0xff);
  expect(e).toEqual(new Uint8Array(3));
});

test('what is missing is zero', () => {
  expect(sample.encode({})).toEqual(new Uint8Array(sample.size));
  expect(sample.encode({ f: [7] })).toEqual(sample.encode({ f: [7, 0] }));
});

describe('what does not fit is refused, by its name', () => {
  test.each<[string, Parameters<typeof sample.encode>[0], string]>([
    ['too large', { a: 256 }, 'a: 256 does not fit 8 bits'],
    ['negative', { b: -1 }, 'b: -1 does not fit 16 bits'],
    ['not whole', { c: 1.5 }, 'c: 1.5 does not fit 32 bits'],
    ['no number', { c: Number.NaN }, 'c: NaN does not fit 32 bits'],
    ['too large for 64 bits', { d: 1n << 64n }, 'd: 18446744073709551616 does not fit 64 bits'],
    ['below zero in 64 bits', { d: -1n }, 'd: -1 does not fit 64 bits'],
    ['too few bytes', { e: new Uint8Array(2) }, 'e: 2 bytes where 3 are required'],
    ['too many values', { f: [1, 2, 3] }, 'f: 3 values where 2 have room'],
    ['a field that does not exist', { g: 1 } as object, 'g: there is no such field'],
  ])('%s', (_, given, message) => {
    expect(() => sample.encode(given)).toThrow(new RangeError(message));
  });

  test('in a struct within a struct', () => {
    const outer = struct({ inner: struct({ x: u8 }) });
    expect(() => outer.encode({ inner: { x: 300 } })).toThrow(
      new RangeError('inner: x: 300 does not fit 8 bits'),
    );
  });

  test('a file that ends too early', () => {
    expect(() => sample.decode(new Uint8Array(sample.size - 1))).toThrow(RangeError);
  });
});
