import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holds } from '../../../src/base/ranges.ts';
import { nameAddress, type Access } from '../../../src/explain/resolve/address.ts';
import { knownMachine } from '../../../src/explain/resolve/machine.ts';
import { at, CELL_RAM, DEVICE, GICD } from '../../helpers/machine.ts';
import { cellOf, givenCell, machineWith, rootOf } from '../../helpers/explained.ts';
import { randomCell, randomSystem } from '../../helpers/random-config.ts';
import { RUNS } from '../../helpers/runs.ts';
import { treeOf } from '../../helpers/trees.ts';

const MIB = 1n << 20n;

const read = (address: bigint, more: Partial<Access> = {}): Access => ({
  address,
  side: 'virt_start',
  kind: 'read',
  size: 4,
  ...more,
});

const x86 = machineWith({});
const arm64 = machineWith({ architecture: 'arm64' });

describe('an address that no region covers', () => {
  test('is beside the nearest one', () => {
    expect(nameAddress(x86, cellOf(x86), read(64n * MIB)).sentences).toEqual([
      "no memory region of cell 'cell-0' covers 0x4000000",
      'the nearest is memory region 2 (0x200000..0x4000000, 62 MiB): the address is right after its end',
    ]);
    expect(nameAddress(x86, cellOf(x86), read(2n * MIB - 16n)).sentences).toContain(
      'the nearest is memory region 2 (0x200000..0x4000000, 62 MiB): the address is 16 bytes before its start',
    );
  });

  test('is near none a TiB away', () => {
    expect(nameAddress(x86, cellOf(x86), read(0xffff_8880_0000_1000n)).sentences).toEqual([
      "no memory region of cell 'cell-0' covers 0xffff888000001000",
    ]);
  });

  test("says whose registers are there, but not whose RAM: a guest's is elsewhere on x86", () => {
    const { sentences, short } = nameAddress(x86, cellOf(x86), read(DEVICE + 0x40n));
    expect(sentences).toContain(
      "the machine has there memory region 2 (0x98000000..0x98100000, 1 MiB) of root cell 'machine', registers of a device",
    );
    expect(short).toBe(
      "the guest read 0x98000040, which no region of cell 'cell-0' covers: that is memory region 2 of root cell 'machine'",
    );
    expect(nameAddress(x86, cellOf(x86), read(CELL_RAM)).landmarks).toEqual([]);
    expect(
      nameAddress(arm64, cellOf(arm64), read(CELL_RAM + 0x1000n)).landmarks.map(({ name }) => name),
    ).toEqual(["memory region 1 of root cell 'machine'"]);
  });

  test.each([
    [
      0xfec00010n,
      'the IOAPIC of the machine (0xfec00000..0xfec01000), 0x10 after its start, its data register',
    ],
    [0xfed90028n, 'the IOMMU unit 0 of the machine (0xfed90000..0xfed91000), 0x28 after its start'],
    [0xfee00350n, 'the xAPIC of the machine (0xfee00000..0xfee01000), 0x350 after its start'],
  ])('knows what the hypervisor keeps: %s', (address, text) => {
    expect(nameAddress(x86, cellOf(x86), read(address)).sentences[1]).toContain(text);
  });

  test.each([
    [
      GICD + 0xffe8n,
      'the GICD of the machine (0x8000000..0x8010000), 0xffe8 after its start, its id registers',
    ],
    [GICD + 0x104n, '0x104 after its start, GICD_ISENABLER'],
    [0x080a0014n, 'the GICR of the machine (0x80a0000..0x80c0000), 0x14 after its start, GICR_WAKER'],
    [0x080c0008n, '0x8 after its start, GICR_TYPER'],
    [0x080f0100n, 'GICR_ISENABLER0'],
  ])('knows the registers of a GIC: %s', (address, text) => {
    expect(nameAddress(arm64, cellOf(arm64), read(address)).sentences[1]).toContain(text);
  });

  test('knows the hypervisor and the PCI configuration', () => {
    const machine = machineWith(
      {},
      {
        system: (system) => {
          system.pciMmconfigBase = 0xb0000000n;
          system.pciMmconfigEndBus = 0xff;
        },
      },
    );
    const { hypervisorMemory } = machine.scene.system!;
    expect(nameAddress(machine, rootOf(machine), read(hypervisorMemory.phys_start + 16n)).short).toMatch(
      /^the root cell read 0x[0-9a-f]+, which no region of root cell 'machine' covers: that is the memory of the hypervisor$/,
    );
    expect(nameAddress(machine, cellOf(machine), read(0xb0100044n)).sentences[1]).toBe(
      'the machine has there the PCI configuration (MMCONFIG): device 01:00.0, register 0x44, in capability 0x1 (pm) at 0x40..0x48, which the cell may only read: its entry has no flag `write`',
    );
  });

  test('names the node of the device tree', () => {
    const tree = treeOf({
      '#address-cells': [1],
      '#size-cells': [1],
      soc: {
        '#address-cells': [1],
        '#size-cells': [1],
        ranges: [0, 0x9000000, 0x100000],
        'rtc@10000': { compatible: 'arm,pl031\0arm,primecell', reg: [0x10000, 0x1000] },
        'off@20000': { compatible: 'acme,off', reg: [0x20000, 0x1000], status: 'disabled' },
      },
    });
    const machine = machineWith({ architecture: 'arm64' }, { given: { tree } });
    const rtc = nameAddress(machine, cellOf(machine), read(0x9010fe0n));
    expect(rtc.short).toBe(
      "the guest read 0x9010fe0, which no region of cell 'cell-0' covers: the device tree enables rtc@10000",
    );
    expect(rtc.sentences[1]).toBe(
      'the device tree enables rtc@10000 (arm,pl031), 0xfe0 after its start, where an AMBA device has its id: give cell \'cell-0\' a region for it, or set `status = "disabled"` in /soc/rtc@10000',
    );
    const off = nameAddress(machine, cellOf(machine), read(0x9020000n));
    expect(off.short).not.toContain('device tree');
    expect(off.sentences[1]).toBe('the device tree has, switched off, off@20000 (acme,off)');
  });

  test('the end of the addresses is one, too', () => {
    expect(nameAddress(x86, cellOf(x86), read((1n << 64n) - 1n)).region).toBeNull();
  });
});

describe('an address in a region', () => {
  const withRegion = (size: bigint, flags: bigint) =>
    machineWith({}, { cells: ([cell]) => cell!.memoryRegions.push(at(0xa0000000n, size, flags, DEVICE)) });

  test.each([
    ['the right is missing', 0x1000n, 0x11n, { kind: 'write' }, 'the region lacks write'],
    ['the right to run is missing', 0x1000n, 0x13n, { kind: 'execute' }, 'the region lacks execute'],
    [
      'the width is missing',
      0x100n,
      0x40013n,
      { size: 1 },
      'its address or size is not a multiple of 4 KiB, so no page maps it and each access is emulated: it lacks io_8, which lets accesses of 1 byte pass',
    ],
    [
      'the width is there',
      0x100n,
      0x40013n,
      { size: 4 },
      'its address or size is not a multiple of 4 KiB, so no page maps it and each access is emulated',
    ],
    [
      'unaligned accesses are not allowed',
      0x100n,
      0x40013n,
      { size: 4, address: 0xa0000002n },
      'its address or size is not a multiple of 4 KiB, so no page maps it and each access is emulated: it lacks io_unaligned, and the address is not a multiple of the size',
    ],
  ] as const)('%s', (_, size, flags, access, expected) => {
    const machine = withRegion(size, flags);
    const { sentences, region } = nameAddress(machine, cellOf(machine), read(0xa0000010n, access));
    expect(region!.index).toBe(3);
    expect(sentences[1]).toBe(expected);
  });

  test('that allows it says that something else is wrong', () => {
    const { sentences } = nameAddress(x86, cellOf(x86), read(3n * MIB));
    expect(sentences[0]).toBe(
      "0x300000 is in memory region 2 (0x200000..0x4000000, 62 MiB) of cell 'cell-0'; its flags are read write execute dma loadable",
    );
    expect(sentences[1]).toContain(
      'the region allows that access: the config on the target may be another one',
    );
  });

  test('of the root cell that another cell took', () => {
    const { sentences } = nameAddress(x86, rootOf(x86), read(CELL_RAM + 3n * MIB));
    expect(sentences[1]).toBe(
      "memory region 2 (0x60200000..0x64000000, 62 MiB) of cell 'cell-0' takes it away while that cell exists, as it has no rootshared",
    );
  });

  test('of shared memory names the section', () => {
    const machine = machineWith({ links: [[0, 1]] });
    const section = cellOf(machine).description.memoryRegions[5]!;
    const { sentences } = nameAddress(machine, cellOf(machine), read(section.virt_start));
    expect(sentences[0]).toContain('output section of peer 0 of the ivshmem device 00:10.0');
  });

  test('by its physical address', () => {
    const { region } = nameAddress(x86, cellOf(x86), read(CELL_RAM + 3n * MIB, { side: 'phys_start' }));
    expect(region!.index).toBe(2);
  });
});

test('the region that is named holds the address, and no region is overlooked', () => {
  const address = fc.oneof(fc.bigInt(0n, (1n << 64n) - 1n), fc.bigInt(0n, 1n << 33n));
  fc.assert(
    fc.property(
      randomSystem(14, true),
      fc.array(randomCell(14, true), { minLength: 1, maxLength: 2 }),
      address,
      fc.nat(),
      fc.constantFrom('virt_start', 'phys_start'),
      fc.constantFrom('read', 'write', 'execute'),
      (system, cells, random, pick, side, kind) => {
        const machine = knownMachine({ system, cells: cells.map((cell) => givenCell(cell)), facts: null });
        for (const party of [machine.scene.root!, ...machine.scene.cells]) {
          const regions = party.description.memoryRegions;
          const chosen = regions[pick % Math.max(1, regions.length)];
          const where = pick % 2 === 0 || chosen === undefined ? random : chosen[side];
          const answer = nameAddress(machine, party, { address: where, side, kind, size: 4 });
          const holding = regions.find(
            (region) =>
              holds({ start: region[side], size: region.size }, where) &&
              !(side === 'phys_start' && (region.flags & 0x20n) !== 0n),
          );
          expect(answer.region?.region).toBe(holding);
          expect(answer.short).toContain(where.toString(16));
        }
      },
    ),
    { numRuns: Math.ceil(RUNS / 5) },
  );
});
