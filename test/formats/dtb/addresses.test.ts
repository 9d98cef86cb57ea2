import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cpuAddress, busPassage, readRegisters, registersOf } from '../../../src/formats/dtb/addresses.ts';
import { deviceByName, parentOf, type Device } from '../../../src/formats/dtb/walk.ts';
import { RUNS } from '../../helpers/runs.ts';
import { treeOf, type TestNode } from '../../helpers/trees.ts';

const at = (tree: TestNode, path: string): Device => deviceByName(treeOf(tree), path)!;

/** A root with 2 + 2 cells, and a bus with 1 + 1 on it. */
const onBus = (bus: TestNode, device: TestNode): TestNode => ({
  '#address-cells': [2],
  '#size-cells': [2],
  soc: { '#address-cells': [1], '#size-cells': [1], ...bus, dev: device },
});

describe('addresses through ranges', () => {
  const device = { reg: [0x7e201000, 0x200] };

  test('identity, windows, windows behind windows, and none', () => {
    expect(registersOf(at(onBus({ ranges: true }, device), '/soc/dev'))).toEqual([
      { start: 0x7e201000n, size: 0x200n },
    ]);
    const windows = { ranges: [0x40000000, 0, 0xff800000, 0x1000, 0x7e000000, 4, 0xfe000000, 0x1800000] };
    expect(registersOf(at(onBus(windows, device), '/soc/dev'))).toEqual([
      { start: 0x4_fe201000n, size: 0x200n },
    ]);
    expect(registersOf(at(onBus({}, device), '/soc/dev'))).toEqual([]);
    const outside = { ranges: [0, 0, 0, 0x1000] };
    expect(registersOf(at(onBus(outside, device), '/soc/dev'))).toEqual([]);
    const inner: TestNode = { '#address-cells': [1], '#size-cells': [1], ranges: [0, 0x7e200000, 0x10000] };
    const nested = onBus(windows, { ...inner, leaf: { reg: [0x1000, 4] } });
    expect(registersOf(at(nested, '/soc/dev/leaf'))).toEqual([{ start: 0x4_fe201000n, size: 4n }]);
  });

  test('a bus whose children have three cells for an address: the first is the space', () => {
    const pci = {
      '#address-cells': [2],
      '#size-cells': [2],
      pci: {
        '#address-cells': [3],
        '#size-cells': [2],
        ranges: [0x2000000, 0, 0x10000000, 0, 0x20000000, 0, 0x10000],
      },
    };
    const [window] = busPassage(at(pci, '/pci'), 'ranges') as {
      child: bigint;
      parent: bigint;
      size: bigint;
    }[];
    expect(window).toEqual({ child: 0x2000000_00000000_10000000n, parent: 0x20000000n, size: 0x10000n });
  });

  test('dma-ranges are read alike', () => {
    const bus = at(onBus({ ranges: true, 'dma-ranges': [0xc0000000, 0, 0, 0x40000000] }, device), '/soc');
    expect(busPassage(bus, 'dma-ranges')).toEqual([{ child: 0xc0000000n, parent: 0n, size: 0x40000000n }]);
    expect(busPassage(bus, 'ranges')).toBe('identity');
  });

  test('defaults of the specification: 2 cells for an address, 1 for a size', () => {
    expect(registersOf(at({ dev: { reg: [1, 2, 3] } }, '/dev'))).toEqual([
      { start: 0x1_00000002n, size: 3n },
    ]);
  });

  test('what is left over of reg, and entries that no bus passes on', () => {
    const short = readRegisters(at(onBus({ ranges: true }, { reg: [0x1000, 4, 0x2000] }), '/soc/dev'));
    expect(short).toMatchObject({ widths: [1, 1], leftOver: 1 });
    expect(short.entries).toHaveLength(1);
    const blocked = readRegisters(at(onBus({}, device), '/soc/dev'));
    expect(blocked.entries).toEqual([{ bus: { start: 0x7e201000n, size: 0x200n }, cpu: null }]);
  });

  test('a child without sizes has its address: cpu@2', () => {
    const cpus = { cpus: { '#address-cells': [1], '#size-cells': [0], 'cpu@2': { reg: [2] } } };
    expect(readRegisters(at(cpus, '/cpus/cpu@2')).entries[0]!.bus).toEqual({ start: 2n, size: 0n });
  });

  test('any window moves an address by what it says, or does not have it', () => {
    const cell = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(cell, cell, cell, cell, (child, parent, size, address) => {
        const tree = onBus({ ranges: [child, 0, parent, size] }, { reg: [address, 4] });
        const bus = parentOf(at(tree, '/soc/dev'))!;
        const inside = address >= child && address < child + size;
        expect(cpuAddress(bus, BigInt(address))).toBe(inside ? BigInt(address - child + parent) : null);
      }),
      { numRuns: RUNS },
    );
  });
});
