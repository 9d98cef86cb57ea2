import { expect, test } from 'vitest';
import { describeRange } from '../../../src/base/ranges.ts';
import { boardRam, reservedMemory } from '../../../src/formats/root/board.ts';
import { treeOf } from '../../helpers/trees.ts';

const BOARD = treeOf({
  '#address-cells': [2],
  '#size-cells': [2],
  'memory@40000000': { device_type: 'memory', reg: [0, 0x40000000, 0, 0x20000000, 1, 0, 0, 0x80000000] },
  'memory@0': { device_type: 'memory', reg: [0, 0, 0, 0] },
  'memory@80000000': { device_type: 'memory', reg: [0, 0x80000000, 0, 0x1000], status: 'disabled' },
  'reserved-memory': {
    '#address-cells': [2],
    '#size-cells': [2],
    ranges: true,
    'optee@fe000000': { reg: [0, 0xfe000000, 0, 0x2000000], 'no-map': true },
    'ramoops@5ff00000': { reg: [0, 0x5ff00000, 0, 0x100000] },
    'linux,cma': { size: [0, 0x4000000], reusable: true },
    'off@50000000': { reg: [0, 0x50000000, 0, 0x1000], status: 'disabled' },
  },
});

test('a board has the RAM of its memory nodes', () => {
  expect(boardRam(BOARD).map(describeRange)).toEqual(['0x40000000..0x60000000', '0x100000000..0x180000000']);
});

test('a board keeps what its tree reserves, in nodes and in the list', () => {
  const reservations = [{ address: 0x4000n, size: 0x1000n }];
  const told = reservedMemory({ ...BOARD, reservations }).map(({ name, range, isUnmapped }) => [
    name,
    describeRange(range),
    isUnmapped,
  ]);
  expect(told).toEqual([
    ['/reserved-memory/optee@fe000000', '0xfe000000..0x100000000', true],
    ['/reserved-memory/ramoops@5ff00000', '0x5ff00000..0x60000000', false],
    ['/memreserve/', '0x4000..0x5000', false],
  ]);
});
