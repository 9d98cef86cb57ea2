import { describe, expect, test } from 'vitest';
import { parseDtb } from '../../../src/formats/dtb/parse.ts';
import { compatiblesOf, deviceByName } from '../../../src/formats/dtb/walk.ts';
import type { CellConfig, SystemConfig } from '../../../src/formats/cell/types.ts';
import { arm64Machine } from '../../../src/boot/arm64/machine.ts';
import type { BoxImage, BoxSubject } from '../../../src/boot/types.ts';
import { armCell, armRegion, commRegion, loaderRegion, MIB, ramRegion } from '../../helpers/arm-request.ts';
import { refusalOf } from '../../helpers/input-error.ts';
import { systemAround } from '../../helpers/machine.ts';
import { BOARD, dtbOf, type TestNode } from '../../helpers/trees.ts';

const cpuNodes = (...regs: number[]): TestNode => ({
  '#address-cells': [1],
  '#size-cells': [0],
  ...Object.fromEntries(regs.map((reg) => [`cpu@${reg.toString(16)}`, { device_type: 'cpu', reg: [reg] }])),
});

interface Change {
  tree?: TestNode;
  cell?: CellConfig;
  system?: SystemConfig | null;
  load?: BoxImage[];
}

const bytes = (text: string): BoxImage['content'] => ({ bytes: new TextEncoder().encode(text) });

const image = (role: BoxImage['role'], address: bigint, size: number): BoxImage => ({
  role,
  address,
  size,
  content: { file: role },
});

const DTB = 0x62000000n;

function subjectOf({ tree = {}, cell = armCell(), system = null, load = [] }: Change): BoxSubject {
  const params = dtbOf({ ...BOARD, ...tree });
  return {
    name: 'test',
    architecture: 'arm64',
    cell,
    system,
    cmdline: '',
    load: [...load, { role: 'params', address: DTB, size: params.length, content: { bytes: params } }],
    params,
  };
}

const machineOf = (change: Change = {}) => arm64Machine(subjectOf(change));

describe('CPUs', () => {
  const cpusOf = (cpus: number[], regs: number[], tree: TestNode = {}) =>
    machineOf({ cell: armCell({ cpus }), tree: { ...tree, cpus: cpuNodes(...regs) } }).cpus;

  const GIC_V3: TestNode = {
    'interrupt-controller@8000000': {
      ...(BOARD['interrupt-controller@8000000'] as TestNode),
      compatible: 'arm,gic-v3',
      reg: [0, 0x1800000, 0, 0x10000, 0, 0x1880000, 0, 0x100000],
    },
  };

  test('have their numbers as affinity, whatever a tree without clusters says', () => {
    const expected = [2, 3].map((id) => ({ id, qemu: id, mpidr: BigInt(id) }));
    expect(cpusOf([2, 3], [2, 3])).toEqual(expected);
    expect(cpusOf([2, 3], [0, 1])).toEqual(expected);
    expect(cpusOf([2, 3], [3])).toEqual(expected);
  });

  test('of clusters have the affinities of the tree, in their order', () => {
    expect(cpusOf([4, 5], [0x101, 0x100], GIC_V3)).toEqual([
      { id: 4, qemu: 16, mpidr: 0x100n },
      { id: 5, qemu: 17, mpidr: 0x101n },
    ]);
    expect(cpusOf([3, 4], [3, 0x100], GIC_V3)).toEqual([
      { id: 3, qemu: 3, mpidr: 3n },
      { id: 4, qemu: 16, mpidr: 0x100n },
    ]);
  });

  test('of a GICv2 can be any of its eight', () => {
    expect(cpusOf([4, 5], [0x300, 0x301])).toEqual([
      { id: 4, qemu: 4, mpidr: 0x300n },
      { id: 5, qemu: 5, mpidr: 0x301n },
    ]);
    expect(cpusOf([8, 9], [0x300, 0x301]).map(({ qemu }) => qemu)).toEqual([0, 1]);
  });

  test('that QEMU cannot have are refused', () => {
    const refused = (cpus: number[], regs: number[], tree?: TestNode) =>
      refusalOf(() => cpusOf(cpus, regs, tree));
    expect(refused([4], [0x10000], GIC_V3)).toBe(
      'boot/unsupported: QEMU has no CPU with the affinity 0x10000',
    );
    expect(refused([17], [17], GIC_V3)).toBe('boot/unsupported: QEMU has no CPU with the affinity 0x11');
    expect(refused([0, 1, 2, 3, 4, 5, 6, 7, 8], [])).toBe('boot/unsupported: a GICv2 has 8 CPUs');
  });
});

describe('the interrupt controller and PCI', () => {
  test('are those of the system config, whatever the tree says', () => {
    const system = systemAround([ramRegion], 14, 'arm64');
    system.platform.fields = {
      ...system.platform.fields,
      gic_version: 3,
      gicd_base: 0x1800000n,
      gicr_base: 0x1880000n,
    };
    const { gic, mmconfig, assumed } = machineOf({ system });
    expect(gic).toEqual({ version: 3, gicd: 0x1800000n, gicc: 0n, gich: 0n, gicv: 0n, gicr: 0x1880000n });
    expect(mmconfig).toEqual({ base: 0xb0000000n, endBus: 0xff });
    expect(assumed).toEqual([]);
  });

  test('without one are those of the tree, and the report says so', () => {
    const pci = { compatible: 'pci-host-ecam-generic', reg: [0, 0x7bf00000, 0, 0x200000] };
    const { gic, mmconfig, assumed } = machineOf({ tree: { 'pci@7bf00000': pci } });
    expect(gic).toEqual({ version: 2, gicd: 0x8000000n, gicc: 0x8010000n, gich: 0n, gicv: 0n, gicr: 0n });
    expect(mmconfig).toEqual({ base: 0x7bf00000n, endBus: 1 });
    expect(assumed).toEqual([
      'without a system config (--system), a GICv2 at 0x8000000 and 0x8010000 is taken, as the device tree has it',
      'without a system config (--system), PCI is taken to be at 0x7bf00000, as the device tree has it',
    ]);
  });

  test('are QEMU’s where neither says', () => {
    const { gic, mmconfig, assumed } = machineOf({ tree: { 'interrupt-controller@8000000': {} } });
    expect(gic).toMatchObject({ version: 3, gicd: 0x8000000n, gicr: 0x80a0000n });
    expect(mmconfig).toBeNull();
    expect(assumed).toEqual(['the device tree has no GIC: a GICv3 where QEMU has it is taken']);
  });
});

describe('the device tree', () => {
  const uart: TestNode = {
    chosen: { bootargs: 'console=ttyS0' },
    soc: {
      '#address-cells': [1],
      '#size-cells': [1],
      ranges: true,
      'serial@ff000000': { compatible: 'ns16550a', reg: [0xff000000, 0x1000] },
    },
  };
  const cell = armCell({
    memoryRegions: [loaderRegion, armRegion(0xff000000n, 0x1000n, 0x13n), ramRegion, commRegion],
  });
  const args: BoxImage = {
    role: 'arguments',
    address: 0x1000n,
    size: 35,
    content: bytes('kernel=0x60000000 dtb=0x62000000\0'),
  };
  const given = [image('kernel', 0x60000000n, 4 << 20), args];

  const loadedWith = (...more: BoxImage[]) => machineOf({ tree: uart, cell, load: [...given, ...more] });
  const paramsOf = ({ load }: { load: readonly BoxImage[] }) => load.find(({ role }) => role === 'params')!;

  test('that QEMU needs no other one than is left as it is', () => {
    const subject = subjectOf({ load: given });
    expect(arm64Machine(subject)).toMatchObject({ load: subject.load, changed: [] });
  });

  test('edited is loaded where it was, if there is room', () => {
    const machine = loadedWith(image('initrd', 0x62001000n, 1 << 20));
    const { address, size, content } = paramsOf(machine);
    const tree = (content as { bytes: Uint8Array }).bytes;
    expect([address, size]).toEqual([DTB, tree.length]);
    expect(compatiblesOf(deviceByName(parseDtb(tree), '/soc/serial@ff000000')!)).toContain('arm,pl011');
    expect(machine.load[1]).toEqual(args);
    expect(machine.uart?.start).toBe(0xff000000n);
  });

  test('grown into another image moves to the end of RAM, and the loader is told', () => {
    const { params } = subjectOf({ tree: uart });
    const machine = loadedWith(image('initrd', DTB + BigInt(params.length), 1 << 20));
    const { address } = paramsOf(machine);
    expect(address).toBe(ramRegion.virt_start + 64n * MIB - 0x1000n);
    const told = (machine.load[1]!.content as { bytes: Uint8Array }).bytes;
    expect(new TextDecoder().decode(told)).toBe('kernel=0x60000000 dtb=0x63fff000\0');
    expect(machine.load[1]!.size).toBe(told.length);
    expect(machine.changed.at(-1)).toBe(
      'the device tree is at 0x63fff000 instead of 0x62000000, since it has grown',
    );
  });

  test('that another image lay over before stays under it', () => {
    const machine = loadedWith(image('initrd', DTB, 1 << 20));
    expect(paramsOf(machine).address).toBe(DTB);
  });
});
