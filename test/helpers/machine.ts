import { createCellConfig } from '../../src/formats/cell/create.ts';
import { IOMMU_UNITS, LAYOUTS } from '../../src/formats/cell/layouts.ts';
import type { Irqchip, MemoryRegion, PciDevice } from '../../src/formats/cell/records.ts';
import type { Revision } from '../../src/formats/cell/releases.ts';
import type { CellConfig, CellDescription, SystemConfig } from '../../src/formats/cell/types.ts';
import type { Architecture } from '../../src/base/choices.ts';
import type { RootFacts } from '../../src/formats/root/facts.ts';
import { PASSIVE_COMMREG } from './cell-flags.ts';

/** A machine whose configs fit together. */
export interface Machine {
  system: SystemConfig;
  cells: CellConfig[];
  /** Of the root cell's Linux. */
  facts: RootFacts | null;
}

/** The two or more ends of an ivshmem link: places of cells, -1 is the root cell. */
type Link = readonly number[];

export interface MachineShape {
  revision: Revision;
  architecture: Architecture;
  /** CPUs of each cell; the root cell keeps CPU 0. */
  cpus: readonly number[];
  links?: readonly Link[];
}

const MIB = 1n << 20n;
const RAM = 0x4fn;
const ROOT_RAM = 0x0fn;
const READ = 1n;
const WRITE = 2n;
const IO = 0x10n;
const COMM = 0x20n;
export const ROOTSHARED = 0x80n;

export const CELL_RAM = 0x60000000n;
const CELL_SIZE = 64n * MIB;
const HYPERVISOR_SIZE = 16n * MIB;
const SHMEM = 0x90000000n;
/** A device's registers that the root cell owns. */
export const DEVICE = 0x98000000n;
export const GICD = 0x08000000n;
const GICR = 0x080a0000n;
const IOAPIC = 0xfec00000n;

export const at = (start: bigint, size: bigint, flags: bigint, phys = start): MemoryRegion => ({
  phys_start: phys,
  virt_start: start,
  size,
  flags,
});

const vpciWords = (first: number): number[] =>
  [0, 1, 2].map((word) => (word === first >> 5 ? (0xf << (first & 31)) >>> 0 : 0));

/** On arm, four pins of a GIC are for the virtual PCI of a cell: from `vpci` on, counted from the second word. */
const irqchip = (architecture: Architecture, pins: number, vpci: number): Irqchip =>
  architecture === 'x86'
    ? { address: IOAPIC, id: 0xff00, pin_base: 0, pin_bitmap: [pins, 0, 0, 0] }
    : { address: GICD, id: 0, pin_base: 32, pin_bitmap: [pins, ...vpciWords(vpci)] };

/** The SPI that a GIC's second word in {@link irqchip} starts with. */
const VPCI_SPI = 32;
const vpciOf = (index: number): number => (index + 1) * 4;

/** A PCI device that says nothing yet: its type, place and shared memory are to be said. */
export const EMPTY_DEVICE = {
  iommu: 0,
  domain: 0,
  bar_mask: [0, 0, 0, 0, 0, 0],
  caps_start: 0,
  num_caps: 0,
  num_msi_vectors: 0,
  msi_flags: 0,
  num_msix_vectors: 0,
  msix_region_size: 0,
  msix_address: 0n,
  shmem_protocol: 0,
};

/** Adds an end of the link to a cell: its regions, and its device. */
function addEnd(cell: CellDescription, revision: Revision, link: number, devId: number, peers: number): void {
  const shared = (size: bigint, flags: bigint, start: bigint) => at(start, size, flags | ROOTSHARED);
  const base = SHMEM + BigInt(link) * MIB;
  const bdf = (0x10 + link) << 3;
  const start = cell.memoryRegions.length;
  if (revision < 12) {
    cell.memoryRegions.push(shared(MIB, READ | WRITE, base));
    const ours = { shmem_region: start, padding: new Uint8Array(2) };
    cell.pciDevices.push({ ...EMPTY_DEVICE, type: 3, bdf, ...ours, shmem_protocol: 0x100 });
    return;
  }
  cell.memoryRegions.push(shared(0x1000n, READ, base));
  // Networks have no common section.
  cell.memoryRegions.push(link % 2 === 0 ? at(0n, 0n, 0n) : shared(0x1000n, READ | WRITE, base + 0x1000n));
  const outputs = base + (link % 2 === 0 ? 0x1000n : 0x2000n);
  for (let peer = 0; peer < peers; peer++) {
    cell.memoryRegions.push(
      shared(0x4000n, peer === devId ? READ | WRITE : READ, outputs + BigInt(peer) * 0x4000n),
    );
  }
  const ours = { shmem_regions_start: start, shmem_dev_id: devId, shmem_peers: peers };
  cell.pciDevices.push({ ...EMPTY_DEVICE, type: 3, bdf, ...ours, shmem_protocol: 1 });
}

const physicalDevice = (revision: Revision, bdf: number): PciDevice => ({
  ...EMPTY_DEVICE,
  type: 1,
  bdf,
  num_caps: 1,
  num_msi_vectors: 1,
  ...(revision < 12
    ? { shmem_region: 0, padding: new Uint8Array(2) }
    : { shmem_regions_start: 0, shmem_dev_id: 0, shmem_peers: 0 }),
});

const capability = () => ({ id: 1, start: 0x40, len: 8, flags: 0 });

function makeCell({ revision, architecture }: MachineShape, index: number, cpus: number[]): CellConfig {
  const phys = CELL_RAM + BigInt(index) * CELL_SIZE;
  const cell = createCellConfig({
    revision,
    architecture,
    name: `cell-${index}`,
    flags: PASSIVE_COMMREG,
    cpus,
    memoryRegions: [
      at(0n, MIB, RAM, phys),
      at(MIB, 0x1000n, READ | WRITE | COMM, 0n),
      at(2n * MIB, CELL_SIZE - 2n * MIB, RAM, phys + 2n * MIB),
    ],
    irqchips: [irqchip(architecture, 1 << index, vpciOf(index))],
    ports: architecture === 'x86' ? [{ base: 0x1000 + index * 8, length: 8 }] : [],
    pciDevices: [physicalDevice(revision, (index + 1) << 8)],
    pciCaps: [capability()],
  });
  cell.header.vpci_irq_base = VPCI_SPI + vpciOf(index);
  return cell;
}

function platformOf({ revision, architecture }: MachineShape): Pick<SystemConfig, 'iommuUnits' | 'platform'> {
  const layout = LAYOUTS[revision];
  const member = layout.platform[architecture === 'x86' ? 'x86' : 'arm'];
  const inMember = layout.iommuPlace === 'both' || (layout.iommuPlace === 'x86' && architecture === 'x86');
  const units = layout.iommuPlace === 'common' || inMember;
  const empty = layout.iommu.decode(new Uint8Array(layout.iommu.size));
  const iommu =
    architecture === 'x86' ? { base: 0xfed90000n, size: 0x1000 } : { base: 0x2b400000n, size: 0x20000 };
  const gic = { gicd_base: GICD, gicr_base: GICR, gic_version: revision < 6 ? 0 : 3 };
  return {
    iommuUnits: units
      ? Array.from({ length: IOMMU_UNITS }, (_, unit) => ({
          ...empty,
          ...(unit === 0 ? iommu : { base: 0n, size: 0 }),
        }))
      : null,
    platform: {
      architecture,
      fields: {
        ...(member.decode(new Uint8Array(member.size)) as Record<string, number | bigint>),
        ...(architecture === 'x86' ? {} : gic),
      },
      tail: new Uint8Array(layout.unionSize - member.size - (inMember ? IOMMU_UNITS * layout.iommu.size : 0)),
    },
  };
}

function makeSystem(shape: MachineShape, cpuCount: number): SystemConfig {
  const { revision, architecture } = shape;
  const {
    kind: _,
    revision: __,
    architecture: ___,
    trailing,
    ...rootCell
  } = createCellConfig({
    revision,
    architecture,
    name: 'machine',
    cpus: Array.from({ length: cpuCount }, (_cpu, index) => index),
    memoryRegions: [
      at(0x40000000n, 256n * MIB, ROOT_RAM),
      at(CELL_RAM, BigInt(Math.max(shape.cpus.length, 1)) * CELL_SIZE, ROOT_RAM),
      at(DEVICE, MIB, READ | WRITE | IO),
    ],
    irqchips: [irqchip(architecture, 0xffffff, 0)],
    ports: architecture === 'x86' ? [{ base: 0x60, length: 5 }] : [],
    pciDevices: [0x8, ...shape.cpus.map((_, index) => (index + 1) << 8)].map((bdf) =>
      physicalDevice(revision, bdf),
    ),
    pciCaps: [capability()],
  });
  const layout = LAYOUTS[revision];
  const console = { address: 0n, size: 0, flags: 0, divider: 0, gate_nr: 0, clock_reg: 0n };
  return {
    kind: 'system',
    revision,
    architecture,
    signature: new TextEncoder().encode(layout.signatures.system),
    ...(revision >= 10 ? { flags: 0 } : {}),
    hypervisorMemory: at(0n, HYPERVISOR_SIZE, 0n, CELL_RAM - HYPERVISOR_SIZE),
    debugConsole: revision >= 10 ? { ...console, type: 0 } : console,
    pciMmconfigBase: 0xb0000000n,
    pciMmconfigEndBus: 0xff,
    pciIsVirtual: 0,
    ...(revision >= 9 ? { pciDomain: 0 } : {}),
    ...platformOf(shape),
    rootCell: {
      ...rootCell,
      header: {
        ...rootCell.header,
        vpci_irq_base: VPCI_SPI,
        signature: new Uint8Array(rootCell.header.signature.length),
      },
    },
    trailing,
  };
}

/** A machine in which nothing is wrong. */
export function makeMachine(shape: MachineShape): Machine {
  let next = 1;
  const sets = shape.cpus.map((count) => Array.from({ length: count }, () => next++));
  const system = makeSystem(shape, next);
  const cells = sets.map((cpus, index) => makeCell(shape, index, cpus));
  for (const [link, ends] of (shape.links ?? []).entries()) {
    if (!ends.includes(-1)) {
      system.rootCell.memoryRegions.push(at(SHMEM + BigInt(link) * MIB, MIB, READ | WRITE));
    }
    for (const [devId, end] of ends.entries()) {
      addEnd(end < 0 ? system.rootCell : cells[end]!, shape.revision, link, devId, ends.length);
    }
  }
  return { system, cells, facts: null };
}

/** A machine whose root cell owns the memory that x86 test cells take, with their IOAPIC. */
export function systemAround(
  regions: readonly MemoryRegion[],
  revision: Revision,
  architecture: Architecture,
): SystemConfig {
  const { system } = makeMachine({ revision, architecture, cpus: [1, 1, 1] });
  system.hypervisorMemory.phys_start = 0x100000000n;
  system.rootCell.memoryRegions = regions
    .filter(({ flags }) => (flags & COMM) === 0n)
    .map(({ phys_start, size }) => at(phys_start, size, ROOT_RAM));
  return system;
}
