import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fit, inTwoLines, spread } from '../../../src/reports/html/labels.ts';
import { drawnStretches, enlargedText, scaled, windowAround } from '../../../src/reports/html/scale.ts';
import { contains, endOf } from '../../../src/base/ranges.ts';
import { RUNS } from '../../helpers/runs.ts';

test('labels keep their distance and their order, and stay where they want to be if they can', () => {
  expect(spread([10, 100, 200], 30, 0)).toEqual([10, 100, 200]);
  expect(spread([100, 110], 30, 0)).toEqual([90, 120]);
  expect(spread([0, 0, 0], 30, 15)).toEqual([15, 45, 75]);
  const wanted = fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { maxLength: 20 });
  fc.assert(
    fc.property(wanted, (all) => {
      const places = spread(
        all.toSorted((a, b) => a - b),
        30,
        15,
      );
      expect(places).toHaveLength(all.length);
      for (const [index, place] of places.entries()) {
        expect(place).toBeGreaterThanOrEqual((places[index - 1] ?? -15) + 30 - 1e-6);
      }
    }),
    { numRuns: RUNS },
  );
});

test('a text that is too long is cut, and wide letters count twice', () => {
  expect(fit('kernel', 6)).toBe('kernel');
  expect(fit('kernel file', 6)).toBe('kernel…');
  expect(fit('内存内存', 5)).toBe('内存…');
});

test('a long name is told in two lines', () => {
  expect(inTwoLines('hypervisor', 10)).toEqual(['hypervisor', '']);
  expect(inTwoLines('linux-arm64-demo', 10)).toEqual(['linux-', 'arm64-demo']);
  expect(inTwoLines('emtrion-emconrzg1e-linux-demo', 10)).toEqual(['emtrion-', 'emconrzg1…']);
  expect(inTwoLines('aaaaaaaaaaaaaaaaaaaaaaaa', 10)).toEqual(['aaaaaaaaaa', 'aaaaaaaaa…']);
  expect(inTwoLines('内存内存内存', 10)).toEqual(['内存内存内', '存']);
});

test('holes that would take most of the room are left out, at most eight', () => {
  const at = (start: bigint) => ({ start, size: 0x1000n });
  expect(drawnStretches([at(0n), at(0x1000n), at(0x10000000n)])).toEqual([
    { start: 0n, size: 0x2000n },
    at(0x10000000n),
  ]);
  const many = Array.from({ length: 50 }, (_, index) => at(BigInt(index) * 0x100000n));
  const stretches = drawnStretches(many);
  expect(stretches).toHaveLength(9);
  expect(many.every((range) => stretches.some((stretch) => contains(stretch, range)))).toBe(true);
  expect(drawnStretches([])).toEqual([]);
});

test('proportions hold at the ends of 64 bits', () => {
  expect(scaled(1n << 63n, 1n << 64n, 200)).toBe(100);
  expect(scaled(0n, 0n, 200)).toBe(0);
});

test('a window has whole pages and does not leave what it is in', () => {
  const outer = { start: 0n, size: 0x100000n };
  const window = windowAround({ start: 0x1000n, size: 0x1151n }, outer);
  expect(window).toEqual({ start: 0n, size: 0x3000n });
  expect(endOf(windowAround({ start: 0xff000n, size: 0x1000n }, outer))).toBe(0x100000n);
});

test('an enlargement is told in round numbers, where it is one', () => {
  expect([1, 1.4, 2.34, 23.4, 234, 12345].map(enlargedText)).toEqual([
    '',
    '',
    ', enlarged 2.3 times',
    ', enlarged 23 times',
    ', enlarged 230 times',
    ', enlarged 12000 times',
  ]);
});
