import { describe, expect, test } from 'vitest';
import { gicInterrupt, spisAmong } from '../../../src/formats/dtb/gic.ts';
import { interruptMapOf, interruptParent, interruptsOf } from '../../../src/formats/dtb/interrupts.ts';
import { deviceByName, pathOf, phandlesOf } from '../../../src/formats/dtb/walk.ts';
import { treeOf, type TestNode } from '../../helpers/trees.ts';

const GIC: TestNode = {
  compatible: 'arm,gic-v3',
  'interrupt-controller': true,
  '#interrupt-cells': [3],
  phandle: [1],
};

function read(root: TestNode, path: string) {
  const tree = treeOf(root);
  const phandles = phandlesOf(tree);
  const device = deviceByName(tree, path)!;
  const { interrupts, fault } = interruptsOf(phandles, device);
  return {
    fault,
    found: interrupts.map(({ controller, cells }) => `${pathOf(controller)} ${cells.join(' ')}`),
    spis: spisAmong(interrupts),
    parent: interruptParent(phandles, device),
    map: interruptMapOf(phandles, device),
  };
}

describe('interrupts', () => {
  test('by the interrupt-parent of any ancestor', () => {
    const root = { 'interrupt-parent': [1], gic: GIC, soc: { dev: { interrupts: [0, 7, 4, 1, 13, 8] } } };
    expect(read(root, '/soc/dev')).toMatchObject({
      fault: null,
      found: ['/gic 0 7 4', '/gic 1 13 8'],
      spis: [7],
    });
  });

  test('by an ancestor that counts interrupts itself', () => {
    const root = { gic: { ...GIC, its: { interrupts: [0, 3, 1] } } };
    expect(read(root, '/gic/its')).toMatchObject({ fault: null, spis: [3] });
  });

  test('by interrupts-extended, to several controllers', () => {
    const gpio: TestNode = { 'interrupt-controller': true, '#interrupt-cells': [2], phandle: [2] };
    const dev = { 'interrupts-extended': [1, 0, 9, 4, 0, 2, 5, 1], interrupts: [9, 9, 9] };
    expect(read({ gic: GIC, gpio, dev }, '/dev')).toMatchObject({
      fault: null,
      found: ['/gic 0 9 4', '/gpio 5 1'],
      spis: [9],
    });
  });

  test('through an interrupt-map, by address and mask', () => {
    const nexus = {
      '#address-cells': [2],
      '#size-cells': [1],
      '#interrupt-cells': [1],
      'interrupt-map-mask': [0, 0, 63],
      'interrupt-map': [0, 0, 4, 1, 0, 14, 4, 0, 0, 5, 1, 0, 5, 4],
      dev: { reg: [0, 0x90000, 0x1000], interrupts: [5] },
      other: { reg: [0, 0x90000, 0x1000], interrupts: [6] },
    };
    const root = { 'interrupt-parent': [1], gic: GIC, nexus };
    expect(read(root, '/nexus/dev')).toMatchObject({ fault: null, found: ['/gic 0 5 4'], spis: [5] });
    expect(read(root, '/nexus/other')).toMatchObject({ fault: 'not-mapped', found: [] });
    const [first] = read(root, '/nexus').map;
    expect(first).toMatchObject({ address: [0, 0], specifier: [4], parent: { cells: [0, 14, 4] } });
  });

  test('a map to a controller with addresses has their cells in each entry', () => {
    const gic = { ...GIC, '#address-cells': [2] };
    const pci = {
      '#address-cells': [3],
      '#interrupt-cells': [1],
      'interrupt-map': [0, 0, 0, 1, 1, 0, 0, 0, 108, 1, 0, 0, 0, 2, 1, 0, 0, 0, 109, 1],
    };
    const { map } = read({ gic, pci }, '/pci');
    expect(map.map(({ specifier, parent }) => [...specifier, ...parent.cells])).toEqual([
      [1, 0, 108, 1],
      [2, 0, 109, 1],
    ]);
  });

  test.each([
    ['no-parent', { dev: { interrupts: [0, 7, 4] } }],
    ['no-parent', { 'interrupt-parent': [9], gic: GIC, dev: { interrupts: [0, 7, 4] } }],
    ['cut-short', { 'interrupt-parent': [1], gic: GIC, dev: { interrupts: [2, 21] } }],
    ['no-controller', { gic: GIC, dev: { 'interrupts-extended': [7, 0, 1, 4] } }],
  ] as const)('%s', (fault, root) => {
    expect(read(root as unknown as TestNode, '/dev').fault).toBe(fault);
  });

  test('parents in a circle end', () => {
    const root = {
      a: { phandle: [1], 'interrupt-parent': [2] },
      b: { phandle: [2], 'interrupt-parent': [1] },
      dev: { 'interrupt-parent': [1], interrupts: [1] },
    };
    expect(read(root, '/dev').fault).toBe('no-parent');
    const maps = (phandle: number, to: number): TestNode => ({
      phandle: [phandle],
      '#address-cells': [0],
      '#interrupt-cells': [1],
      'interrupt-map': [1, to, 1],
    });
    const circle = { a: maps(1, 2), b: maps(2, 1), dev: { 'interrupt-parent': [1], interrupts: [1] } };
    expect(read(circle, '/dev').fault).toBe('not-mapped');
  });
});

test('controllers in front of a GIC that count as it does', () => {
  const controller = (compatible: string) => ({
    node: treeOf({ compatible }).root,
    ancestors: [],
  });
  const cells = [0, 27, 4];
  const spi = { kind: 'spi', number: 27, flags: 4 };
  expect(gicInterrupt({ controller: controller('fsl,imx8mq-gpc'), cells })).toEqual(spi);
  expect(gicInterrupt({ controller: controller('nvidia,tegra210-ictlr'), cells })).toEqual(spi);
  expect(gicInterrupt({ controller: controller('arm,gic-400'), cells: [1, 13, 8] })?.kind).toBe('ppi');
  expect(gicInterrupt({ controller: controller('ti,sci-intr'), cells })).toBeNull();
  expect(gicInterrupt({ controller: controller('arm,gic-v3'), cells: [2, 1, 4] })).toBeNull();
});
