import { describe, expect, test } from 'vitest';
import { readRegisters } from '../../../src/formats/dtb/addresses.ts';
import { childNamed, propertyOf } from '../../../src/formats/dtb/edit.ts';
import { encodeDtb } from '../../../src/formats/dtb/encode.ts';
import { parseDtb } from '../../../src/formats/dtb/parse.ts';
import type { DeviceTree } from '../../../src/formats/dtb/types.ts';
import { numberedUarts } from '../../../src/formats/dtb/uarts.ts';
import { readCells, readText, readTexts } from '../../../src/formats/dtb/values.ts';
import { deviceByName } from '../../../src/formats/dtb/walk.ts';
import { playTree } from '../../../src/boot/arm64/tree.ts';
import { armCell, armRegion } from '../../helpers/arm-request.ts';
import { BOARD, meaningOf, treeOf, type TestNode } from '../../helpers/trees.ts';

/** A cell with these UARTs. */
const cellWith = (...uarts: [bigint, bigint][]) =>
  armCell({ memoryRegions: uarts.map(([start, size]) => armRegion(start, size, 0x13n)) });

/** A board with two UARTs of another kind: PL011s are not what most boards have. */
const board = (bootargs: string, more: TestNode = {}): DeviceTree =>
  treeOf({
    ...BOARD,
    aliases: { serial3: '/soc/serial@ff010000' },
    chosen: { bootargs },
    soc: {
      compatible: 'simple-bus',
      '#address-cells': [1],
      '#size-cells': [1],
      ranges: true,
      'serial@ff000000': {
        compatible: 'cdns,uart-r1p12',
        reg: [0xff000000, 0x1000],
        interrupts: [0, 21, 4],
        clocks: [99, 1],
      },
      'serial@ff010000': {
        compatible: 'cdns,uart-r1p12',
        reg: [0xff010400, 0x100],
        interrupts: [0, 22, 4],
        clocks: [99, 2],
        'power-domains': [98, 7],
        status: 'okay',
        phandle: [9],
      },
    },
    ...more,
  });

const cell = cellWith([0xff000000n, 0x1000n], [0xff010400n, 0x100n]);

const bootargsOf = ({ root }: DeviceTree): string | null =>
  readText(propertyOf(childNamed(root, 'chosen'), 'bootargs'));

const played = (bootargs: string, more?: TestNode) => playTree(board(bootargs, more), cell);

test('the UART of the console becomes a PL011 of one page, with a clock and QEMU’s interrupt', () => {
  const { tree, uart, isReplaced, changed } = played('console=ttyPS3,115200');
  expect(isReplaced).toBe(true);
  expect(uart).toEqual({ start: 0xff010400n, size: 0x100n });
  const device = deviceByName(tree, '/soc/serial@ff010000')!;
  const property = (name: string) => propertyOf(device.node, name);
  expect(readTexts(property('compatible'))).toEqual(['arm,pl011', 'arm,primecell']);
  expect(readRegisters(device).entries.map(({ cpu }) => cpu)).toEqual([
    { start: 0xff010000n, size: 0x1000n },
  ]);
  expect(readCells(property('interrupts'))).toEqual([0, 1, 4]);
  expect(readCells(property('interrupt-parent'))).toEqual([1]);
  expect(readText(property('status'))).toBe('okay');
  expect(readCells(property('phandle'))).toEqual([9]);
  expect(property('power-domains')).toBeUndefined();
  const clock = childNamed(tree.root, 'box-clock');
  expect(readCells(property('clocks'))).toEqual(Array(2).fill(readCells(propertyOf(clock, 'phandle'))[0]));
  expect(changed).toEqual([
    "QEMU's PL011 plays /soc/serial@ff010000 (cdns,uart-r1p12)",
    'the command line is `console=ttyAMA3,115200`',
  ]);
});

test('what the tree says otherwise stays, and the tree can be read again', () => {
  const { tree } = played('console=ttyPS3');
  expect(meaningOf(parseDtb(encodeDtb(tree)).root)).toEqual(meaningOf(tree.root));
  expect(deviceByName(tree, 'serial3')?.node.name).toBe('serial@ff010000');
  expect(numberedUarts(tree).map(({ kind, line }) => `${kind.tty}${line}`)).toEqual(['ttyPS0', 'ttyAMA3']);
});

describe('the command line', () => {
  test.each([
    // the UART's own name, by its alias
    ['console=ttyPS3,115200n8 quiet', 'console=ttyAMA3,115200n8 quiet'],
    // without an alias, the first number of its kind
    ['console=ttyPS0', 'console=ttyAMA0'],
    // the last console is the one that is played
    ['console=ttyPS0 console=ttyPS3', 'console=ttyPS0 console=ttyAMA3'],
    ['console=tty0 console=ttyPS3 rw', 'console=tty0 console=ttyAMA3 rw'],
    // wrong ones stay wrong
    ['console=ttyPS1', 'console=ttyPS1'],
    ['console=ttyS0', 'console=ttyS0'],
    ['console=ttyAMA0', 'console=ttyAMA0'],
    ['quiet', 'quiet'],
    // an early console writes to the board's UART
    ['earlycon=cdns,mmio32,0xff010000 console=ttyPS3', 'console=ttyAMA3'],
    ['console=ttyPS3 earlycon', 'console=ttyAMA3'],
    // a word of another name
    ['myconsole=ttyPS3 earlyconx console=ttyPS3', 'myconsole=ttyPS3 earlyconx console=ttyAMA3'],
  ])('%s becomes %s', (before, after) => {
    expect(bootargsOf(played(before).tree)).toBe(after);
  });
});

test('without a console word /chosen names the UART, without both the first one counts', () => {
  const chosen = (properties: TestNode) => played('', { chosen: properties }).uart?.start;
  expect(chosen({ 'stdout-path': 'serial3:115200n8' })).toBe(0xff010400n);
  expect(chosen({})).toBe(0xff000000n);
});

test('a UART that the cell does not have is not played', () => {
  const { uart, tree } = playTree(board('console=ttyPS3'), cellWith([0xff000000n, 0x1000n]));
  expect(uart?.start).toBe(0xff000000n);
  expect(bootargsOf(tree)).toBe('console=ttyPS3');
  const original = board('console=ttyPS3');
  expect(playTree(original, cellWith())).toEqual({
    tree: original,
    uart: null,
    isReplaced: false,
    changed: [],
  });
});

describe('a PL011 of the board', () => {
  const pl011 = (address: number, interrupts: number[]): DeviceTree =>
    treeOf({
      ...BOARD,
      chosen: { bootargs: 'earlycon console=ttyAMA0' },
      soc: {
        '#address-cells': [1],
        '#size-cells': [1],
        ranges: true,
        [`serial@${address.toString(16)}`]: {
          compatible: 'arm,pl011',
          reg: [address, 0x200],
          'interrupts-extended': [1, ...interrupts],
        },
      },
    });

  test('where QEMU has it: nothing is changed', () => {
    const tree = pl011(0x9000000, [0, 77, 4]);
    const uart = { start: 0x9000000n, size: 0x200n };
    expect(playTree(tree, cellWith([0x9000000n, 0x1000n]))).toEqual({
      tree,
      uart,
      isReplaced: false,
      changed: [],
    });
  });

  test('elsewhere: its interrupt alone; that it has no clock stays as it is', () => {
    const { tree, uart, isReplaced, changed } = playTree(
      pl011(0xfe201000, [0, 121, 4]),
      cellWith([0xfe201000n, 0x1000n]),
    );
    expect(isReplaced).toBe(false);
    expect(uart?.start).toBe(0xfe201000n);
    const { node } = deviceByName(tree, '/soc/serial@fe201000')!;
    expect(node.properties.map(({ name }) => name)).toEqual([
      'compatible',
      'reg',
      'interrupt-parent',
      'interrupts',
    ]);
    expect(readCells(propertyOf(node, 'reg'))).toEqual([0xfe201000, 0x200]);
    expect(bootargsOf(tree)).toBe('earlycon console=ttyAMA0');
    expect(changed).toEqual(["QEMU's PL011 plays /soc/serial@fe201000, with its own interrupt"]);
  });
});

test('a reg of two address cells keeps them', () => {
  const tree = treeOf({
    ...BOARD,
    chosen: { bootargs: 'console=ttyS0' },
    'serial@9600000000': {
      compatible: 'ns16550a',
      reg: [0x96, 0x1000, 0, 0x100],
      interrupts: [0, 8, 4],
    },
  });
  const { tree: edited, uart } = playTree(tree, cellWith([0x9600001000n, 0x1000n]));
  expect(uart?.start).toBe(0x9600001000n);
  expect(readCells(propertyOf(deviceByName(edited, '/serial@9600000000')!.node, 'reg'))).toEqual([
    0x96, 0x1000, 0, 0x1000,
  ]);
});

test('the timer runs at QEMU’s frequency', () => {
  const timer = { compatible: 'arm,armv8-timer', 'clock-frequency': [8000000] };
  const { tree, changed } = playTree(treeOf({ ...BOARD, timer }), cellWith([0x9000000n, 0x1000n]));
  expect(childNamed(tree.root, 'timer')?.properties.map(({ name }) => name)).toEqual(['compatible']);
  expect(changed).toEqual(["the timer runs at QEMU's frequency instead of 8000000 Hz"]);
});

test('without a GIC, the UART stays as it is', () => {
  const { 'interrupt-controller@8000000': _, ...others } = BOARD;
  const tree = treeOf({
    ...others,
    'serial@ff000000': { compatible: 'ns16550a', reg: [0, 0xff000000, 0, 0x1000] },
  });
  expect(playTree(tree, cellWith([0xff000000n, 0x1000n])).tree).toBe(tree);
});
