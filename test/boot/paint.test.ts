import fc from 'fast-check';
import { expect, test } from 'vitest';
import { painted } from '../../src/boot/paint.ts';
import { RUNS } from '../helpers/runs.ts';

const layer = fc.record({
  range: fc.record({
    start: fc.nat(30).map(BigInt),
    size: fc.nat(12).map(BigInt),
  }),
});

test('the pieces are what is seen of bytes that are written one over the other', () => {
  fc.assert(
    fc.property(fc.array(layer, { maxLength: 6 }), (layers) => {
      const numbered = layers.map(({ range }, of) => ({ range, of }));
      const memory = new Map<bigint, { of: number; offset: bigint }>();
      for (const { range, of } of numbered) {
        for (let at = 0n; at < range.size; at++) memory.set(range.start + at, { of, offset: at });
      }
      const seen = new Map<bigint, { of: number; offset: bigint }>();
      for (const { range, of, offset } of painted(numbered)) {
        for (let at = 0n; at < range.size; at++) {
          expect(seen.has(range.start + at)).toBe(false);
          seen.set(range.start + at, { of, offset: offset + at });
        }
      }
      expect(seen).toEqual(memory);
    }),
    { numRuns: RUNS },
  );
});

test('params in the hole of a loader cut it in two', () => {
  const loader = { range: { start: 0n, size: 0x5000n }, of: 'loader' };
  const params = { range: { start: 0x1000n, size: 0x800n }, of: 'params' };
  expect(painted([loader, params])).toEqual([
    { range: { start: 0n, size: 0x1000n }, of: 'loader', offset: 0n },
    { range: { start: 0x1000n, size: 0x800n }, of: 'params', offset: 0n },
    { range: { start: 0x1800n, size: 0x3800n }, of: 'loader', offset: 0x1800n },
  ]);
});
