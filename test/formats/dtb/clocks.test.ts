import { describe, expect, test } from 'vitest';
import { clockRate, clocksOf } from '../../../src/formats/dtb/clocks.ts';
import { deviceByName, phandlesOf } from '../../../src/formats/dtb/walk.ts';
import { treeOf, type TestNode } from '../../helpers/trees.ts';

const FIXED: TestNode = {
  compatible: 'fixed-clock',
  '#clock-cells': [0],
  'clock-frequency': [24_000_000],
  phandle: [1],
};
const CONTROLLER: TestNode = { compatible: 'acme,clocks', '#clock-cells': [1], phandle: [2] };

function read(dev: TestNode, others: TestNode = {}) {
  const tree = treeOf({ fixed: FIXED, controller: CONTROLLER, ...others, dev });
  const phandles = phandlesOf(tree);
  const device = deviceByName(tree, '/dev')!;
  const clocks = clocksOf(phandles, device);
  return clocks && clocks.map((clock) => [clock.name, ...clock.cells, clockRate(phandles, device, clock)]);
}

describe('clocks', () => {
  test('with their names, cells and rates', () => {
    const names = Buffer.from('uartclk\0apb_pclk\0');
    expect(read({ clocks: [1, 2, 7], 'clock-names': names })).toEqual([
      ['uartclk', 24_000_000],
      ['apb_pclk', 7, null],
    ]);
    expect(read({})).toEqual([]);
  });

  test('a fixed part of one', () => {
    const half = {
      compatible: 'fixed-factor-clock',
      '#clock-cells': [0],
      clocks: [1],
      'clock-mult': [1],
      'clock-div': [2],
      phandle: [3],
    };
    expect(read({ clocks: [3] }, { half })).toEqual([[null, 12_000_000]]);
    expect(read({ clocks: [3] }, { half: { ...half, clocks: [3] } })).toEqual([[null, null]]);
  });

  test('a rate that is assigned', () => {
    const assigned = { 'assigned-clocks': [2, 5, 2, 7], 'assigned-clock-rates': [1_000, 80_000_000] };
    expect(read({ clocks: [2, 7], ...assigned })).toEqual([[null, 7, 80_000_000]]);
    expect(read({ clocks: [2, 6], ...assigned })).toEqual([[null, 6, null]]);
  });

  test('a list that cannot be read', () => {
    expect(read({ clocks: [2] })).toBeNull();
    expect(read({ clocks: [9] })).toBeNull();
  });
});
