import { describe, expect, test } from 'vitest';
import type { Architecture } from '../../../src/base/choices.ts';
import { describeRange, type AddressRange } from '../../../src/base/ranges.ts';
import type { RootFacts } from '../../../src/formats/root/facts.ts';
import { parseIomem } from '../../../src/formats/root/iomem.ts';
import { linuxRam } from '../../../src/formats/root/linux-ram.ts';
import { treeOf } from '../../helpers/trees.ts';

const NOTHING: RootFacts = { board: null, cmdline: null, iomem: null, kernelConfig: null };

const BOARD = treeOf({
  '#address-cells': [1],
  '#size-cells': [1],
  'memory@40000000': { device_type: 'memory', reg: [0x40000000, 0x10000000, 0x80000000, 0x20000000] },
  'reserved-memory': {
    '#address-cells': [1],
    '#size-cells': [1],
    ranges: true,
    'optee@44000000': { reg: [0x44000000, 0x1000000], 'no-map': true },
    'ramoops@45000000': { reg: [0x45000000, 0x100000] },
  },
});

const IOMEM = parseIomem('00000000-0009ffff : System RAM\n00100000-7fffffff : System RAM\n');

const CONFIG: AddressRange = { start: 0x1000_0000n, size: 0x1000_0000n };

const used = (facts: Partial<RootFacts>, architecture: Architecture, otherwise = [CONFIG]) =>
  linuxRam({ ...NOTHING, ...facts }, architecture, otherwise)?.map(describeRange);

test('nobody knows without iomem, board and config', () => {
  expect(linuxRam({ ...NOTHING, cmdline: 'quiet' }, 'arm64', null)).toBeNull();
});

test('/proc/iomem comes before the board, and the board before the config', () => {
  expect(used({ iomem: IOMEM, board: BOARD }, 'x86')).toEqual([
    '0x0..0xa0000',
    '0x100000..0x44000000',
    '0x45000000..0x80000000',
  ]);
  expect(used({ board: BOARD }, 'arm64')).toEqual([
    '0x40000000..0x44000000',
    '0x45000000..0x50000000',
    '0x80000000..0xa0000000',
  ]);
  expect(used({}, 'arm64')).toEqual(['0x10000000..0x20000000']);
});

test('the device tree of the running root has its command line, unless another is given', () => {
  const memory = { device_type: 'memory', reg: [0x40000000, 0x10000000] };
  const board = treeOf({
    '#address-cells': [1],
    '#size-cells': [1],
    memory,
    chosen: { bootargs: 'console=ttyAMA0 mem=128M' },
  });
  expect(used({ board }, 'arm64')).toEqual(['0x40000000..0x48000000']);
  expect(used({ board, cmdline: 'console=ttyAMA0' }, 'arm64')).toEqual(['0x40000000..0x50000000']);
});

describe('on x86', () => {
  test('mem= is an address', () => {
    expect(used({ iomem: IOMEM, cmdline: 'mem=16M' }, 'x86')).toEqual([
      '0x0..0xa0000',
      '0x100000..0x1000000',
    ]);
  });

  test('memmap= takes away, adds, and replaces', () => {
    expect(used({ cmdline: 'memmap=16M$0x18000000' }, 'x86')).toEqual([
      '0x10000000..0x18000000',
      '0x19000000..0x20000000',
    ]);
    expect(used({ cmdline: 'memmap=16M@0x30000000' }, 'x86')).toEqual([
      '0x10000000..0x20000000',
      '0x30000000..0x31000000',
    ]);
    expect(used({ cmdline: 'memmap=exactmap memmap=16M@0x30000000' }, 'x86')).toEqual([
      '0x30000000..0x31000000',
    ]);
  });
});

describe('on arm', () => {
  test('mem= counts the bytes of RAM, from the lowest on', () => {
    expect(used({ board: BOARD, cmdline: 'mem=0x18000000' }, 'arm64')?.at(-1)).toBe('0x80000000..0x88000000');
    expect(used({ board: BOARD, cmdline: 'mem=32M' }, 'arm')).toEqual(['0x40000000..0x42000000']);
  });

  test('32-bit Linux begins where the word says, 64-bit Linux does not', () => {
    expect(used({ board: BOARD, cmdline: 'mem=32M@0x46000000' }, 'arm')).toEqual(['0x46000000..0x48000000']);
    expect(used({ board: BOARD, cmdline: 'mem=32M@0x46000000' }, 'arm64')).toEqual([
      '0x40000000..0x42000000',
    ]);
  });

  test('memmap= says nothing', () => {
    expect(used({ cmdline: 'memmap=16M$0x18000000' }, 'arm64')).toEqual(['0x10000000..0x20000000']);
  });
});
