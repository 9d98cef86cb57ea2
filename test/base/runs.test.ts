import { expect, test } from 'vitest';
import { hex } from '../../src/base/address.ts';
import { bitRuns, describeNumbers, describeRuns, numbersIn } from '../../src/base/runs.ts';

test('runs of bits', () => {
  expect(describeRuns(bitRuns(Uint8Array.of(0b0000_0110, 0, 0xff, 0xff, 0x80), 1))).toBe('1-2,16-31,39');
  expect(describeRuns(bitRuns(Uint8Array.of(0xff, 0xfe, 0, 0), 0))).toBe('8,16-31');
  expect(bitRuns(new Uint8Array(), 0)).toEqual([]);
  expect(
    numbersIn([
      [1, 3],
      [7, 7],
    ]),
  ).toEqual([1, 2, 3, 7]);
});

test('numbers in texts', () => {
  expect(describeNumbers([1, 2, 3, 7])).toBe('1-3,7');
  expect(describeNumbers([])).toBe('');
  expect(describeRuns([[0x60, 0x64]], hex)).toBe('0x60-0x64');
});
