import { describeSize, hex, PAGE_SIZE } from '../base/address.ts';
import type { ManifestPath } from '../base/diagnostic.ts';
import { describeRange, rangeTo, type AddressRange } from '../base/ranges.ts';
import { ivshmemDevices, shmemRegions, type Ivshmem } from '../checks/cell/shmem.ts';
import { cellName } from '../formats/cell/config.ts';
import { MEMORY_FLAGS, PCI_TYPES } from '../formats/cell/names.ts';
import { formatBdf } from '../formats/cell/pci.ts';
import type { MemoryRegion, PciDevice } from '../formats/cell/records.ts';
import type { Revision } from '../formats/cell/releases.ts';
import { shmemBarMask } from '../formats/cell/shmem-bars.ts';
import type { CellDescription } from '../formats/cell/types.ts';
import type { LinkKind } from '../manifest/wish/schema.ts';
import type { WishedLink } from '../manifest/wish/parse.ts';
import type { Findings } from './findings.ts';
import type { CellWish, MachineState } from './request.ts';

/** One end of a link in the cell, and the end that the root cell still needs. */
export interface PlacedLink {
  kind: LinkKind;
  /** `root`, or the name of a cell. */
  to: string;
  /** Its memory, the state table first. */
  regions: MemoryRegion[];
  /** Without the place of its regions. */
  device: LinkDevice;
  /** `null`: the other end is there. */
  rootEnd: { regions: MemoryRegion[]; device: LinkDevice } | null;
}

/** An ivshmem device but for the place of its regions in the cell's list. */
export type LinkDevice = Omit<PciDevice, 'shmem_regions_start' | 'shmem_region' | 'padding'> & {
  shmem_dev_id: number;
  shmem_peers: number;
};

/** Protocols of both ends, and the MSI-X vectors of an x86 device (Jailhouse, configs and ivshmem specification). */
const KINDS: Readonly<Record<LinkKind, { near: number; far: number; vectors: number }>> = {
  net: { near: 0x1, far: 0x1, vectors: 2 },
  block: { near: 0x8002, far: 0xc002, vectors: 2 },
  console: { near: 0x8003, far: 0xc003, vectors: 3 },
  undefined: { near: 0x0, far: 0x0, vectors: 16 },
  custom: { near: 0x4000, far: 0x4000, vectors: 16 },
};

const CUSTOM = { first: 0x4000, last: 0x7fff };

/** Whether a device speaks what one of the two ends of the link speaks. */
const speaks = (kind: LinkKind, protocol: number): boolean =>
  kind === 'custom'
    ? protocol >= CUSTOM.first && protocol <= CUSTOM.last
    : [KINDS[kind].near, KINDS[kind].far].includes(protocol);

/** What the other end of a device speaks. */
function answerTo(kind: LinkKind, protocol: number): number {
  const { near, far } = KINDS[kind];
  if (kind === 'custom') return protocol;
  return protocol === far ? near : far;
}

/** What the other end of a device with this protocol is called in a wish. */
export const kindOf = (protocol: number): string =>
  Object.keys(KINDS).find((kind) => speaks(kind as LinkKind, protocol)) ?? hex(protocol);

/** Sizes of the sections: state table, common section, one output section for each of two peers. */
function sectionSizes(kind: LinkKind, size: bigint): bigint[] {
  const rest = size - PAGE_SIZE;
  const half = (rest / 2n) & -PAGE_SIZE;
  if (kind === 'net') return [PAGE_SIZE, 0n, half, half];
  if (kind === 'block' || kind === 'console') return [PAGE_SIZE, rest, 0n, 0n];
  const output = (rest / 4n) & -PAGE_SIZE;
  return [PAGE_SIZE, rest - 2n * output, output, output];
}

/** Whether sections are what a link of this size has; those of the same size leave a page over. */
const haveSize = (kind: LinkKind, regions: readonly MemoryRegion[], size: bigint): boolean => {
  const total = regions.reduce((sum, each) => sum + each.size, 0n);
  return total === size || total === sectionSizes(kind, size).reduce((sum, each) => sum + each, 0n);
};

const USUAL_SIZE = 1n << 20n;
/** Each section has a page. */
const LEAST_SIZE = 5n * PAGE_SIZE;
const PEERS = 2;

const SHARED = MEMORY_FLAGS.read | MEMORY_FLAGS.rootshared;

/** A section as one of the peers has it: everybody writes the common one and their own. */
function sectionFlags(at: number, id: number): bigint {
  const isWritten = at === 1 || at === id + 2;
  return isWritten ? SHARED | MEMORY_FLAGS.write : SHARED;
}

const EMPTY: MemoryRegion = { phys_start: 0n, virt_start: 0n, size: 0n, flags: 0n };

const region = (start: bigint, size: bigint, at: number, id: number): MemoryRegion =>
  size === 0n ? EMPTY : { phys_start: start, virt_start: start, size, flags: sectionFlags(at, id) };

function newRegions(start: bigint, sizes: readonly bigint[], id: number): MemoryRegion[] {
  let next = start;
  return sizes.map((size, at) => region((next += size) - size, size, at, id));
}

/** The BARs that the root's other devices have, or else those that the revision's configs give to such a device. */
const barsOf = ([like]: readonly Ivshmem[], revision: Revision, vectors: number): number[] =>
  like === undefined ? shmemBarMask(revision, vectors) : [...like.device.bar_mask];

const PLAIN: Omit<PciDevice, 'bdf' | 'domain' | 'bar_mask' | 'num_msix_vectors' | 'shmem_protocol'> = {
  type: PCI_TYPES.ivshmem!,
  iommu: 0,
  caps_start: 0,
  num_caps: 0,
  num_msi_vectors: 0,
  msi_flags: 0,
  msix_region_size: 0,
  msix_address: 0n,
};

interface Ends {
  /** Of the cell. */
  name: string;
  machine: MachineState;
  /** Devices that this cell has, or has asked of the root, by bus, device and function. */
  used: Set<number>;
  placeMemory(size: bigint): bigint | null;
  findings: Findings;
}

const descriptions = ({ system, cells }: MachineState): CellDescription[] => [system.rootCell, ...cells];

/** Ids of a link that nobody has yet, the highest first. */
function freeIds(machine: MachineState, { device, peers }: Ivshmem): number[] {
  const taken = new Set(
    descriptions(machine)
      .flatMap((description) => ivshmemDevices({ description }))
      .filter((other) => other.device.bdf === device.bdf)
      .map(({ devId }) => devId),
  );
  return Array.from({ length: peers }, (_, index) => peers - 1 - index).filter((id) => !taken.has(id));
}

/** The end that is there: this cell's is what is left for it. */
function joinLink(
  { kind, to }: WishedLink,
  description: CellDescription,
  peer: Ivshmem,
  id: number,
): PlacedLink {
  const { device } = peer;
  const regions = (shmemRegions({ description }, peer) ?? []).map(({ phys_start, size }, at) =>
    region(phys_start, size, at, id),
  );
  return {
    kind,
    to,
    regions,
    device: {
      ...PLAIN,
      domain: device.domain,
      bdf: device.bdf,
      bar_mask: device.bar_mask,
      num_msix_vectors: device.num_msix_vectors,
      msix_region_size: device.msix_region_size,
      msix_address: device.msix_address,
      shmem_dev_id: id,
      shmem_peers: peer.peers,
      shmem_protocol: answerTo(kind, device.shmem_protocol),
    },
    rootEnd: null,
  };
}

const SLOTS = 32;

/** The first device number that nobody has, on the bus of the other ivshmem devices. */
function freeSlot({ machine, used }: Ends, known: readonly Ivshmem[]): number | null {
  const isX86 = machine.system.architecture === 'x86';
  const bus = (known[0]?.device.bdf ?? 0) & 0xff00;
  const taken = new Set([
    ...used,
    ...descriptions(machine).flatMap(({ pciDevices }) => pciDevices.map(({ bdf }) => bdf)),
  ]);
  // The low numbers of a real bus are those of devices on the board, which the config may leave out.
  for (let slot = isX86 ? SLOTS / 2 : 0; slot < SLOTS; slot++) {
    const bdf = bus | (slot << 3);
    if (!taken.has(bdf)) return bdf;
  }
  return null;
}

function makeLink(
  ends: Ends,
  { kind, size, to, isFar = false }: WishedLink,
  at: ManifestPath,
): PlacedLink | null {
  const { machine, findings, placeMemory } = ends;
  const { system } = machine;
  const known = ivshmemDevices({ description: system.rootCell });
  const bytes = size ?? USUAL_SIZE;
  if (bytes % PAGE_SIZE !== 0n || bytes < LEAST_SIZE) {
    const fix = 'write a multiple of 4K, at least 20K: `size: 1M`';
    findings.ask('link', [...at, 'size'], `a link cannot have ${describeSize(bytes)}`, fix);
    return null;
  }
  const bdf = freeSlot(ends, known);
  const start = bdf === null ? null : placeMemory(bytes);
  if (bdf === null || start === null) {
    const what = bdf === null ? 'device number on the virtual bus' : `${describeSize(bytes)} of RAM`;
    const fix =
      bdf === null
        ? 'remove an ivshmem device from the system config'
        : 'ask for less memory, or a smaller link';
    findings.ask('link', at, `there is no ${what} left for a new link`, fix);
    return null;
  }
  const { near, far, vectors } = KINDS[kind];
  const msixVectors = system.architecture === 'x86' ? vectors : 0;
  const common = {
    ...PLAIN,
    bdf,
    domain: known[0]?.device.domain ?? system.pciDomain ?? 0,
    bar_mask: barsOf(known, system.revision, msixVectors),
    num_msix_vectors: msixVectors,
    shmem_peers: PEERS,
  };
  const sizes = sectionSizes(kind, bytes);
  const isToRoot = to === 'root';
  // Towards the root, this cell is the last peer; towards a cell that is planned later, the first.
  const id = isToRoot ? 1 : 0;
  findings.choose(
    `link to ${to} (${kind})`,
    `${formatBdf(common.domain, bdf)}, memory ${describeRange({ start, size: bytes })}`,
    isToRoot ? 'new: the root cell has no free end that fits' : 'new',
  );
  return {
    kind,
    to,
    regions: newRegions(start, sizes, id),
    device: { ...common, shmem_dev_id: id, shmem_protocol: isFar ? far : near },
    rootEnd: isToRoot
      ? {
          regions: newRegions(start, sizes, 0),
          device: { ...common, shmem_dev_id: 0, shmem_protocol: far },
        }
      : null,
  };
}

/** The end of the link that is there: in the root cell, or in the other cell of the machine. */
function placeOne(ends: Ends, link: WishedLink, at: ManifestPath): PlacedLink | null {
  const { name, machine, used, findings } = ends;
  const { kind, to } = link;
  const other = to === 'root' ? machine.system.rootCell : machine.cells.find((cell) => cellName(cell) === to);
  const theirs = machine.ends.get(to);
  const isFree = (peer: Ivshmem): boolean =>
    !used.has(peer.device.bdf) &&
    speaks(kind, peer.device.shmem_protocol) &&
    (theirs === undefined || theirs.get(peer.device.bdf) === name) &&
    (link.bdf === null || peer.device.bdf === link.bdf);
  for (const peer of other === undefined ? [] : ivshmemDevices({ description: other }).filter(isFree)) {
    const [id] = freeIds(machine, peer);
    const regions = shmemRegions({ description: other! }, peer);
    if (id === undefined || regions === null) continue;
    // A link between two wishes has one size; of others it is what is there, unless the wish says otherwise.
    const size = link.size ?? (theirs === undefined ? null : USUAL_SIZE);
    if (size !== null && !haveSize(kind, regions, size)) continue;
    const placed = joinLink(link, other!, peer, id);
    findings.choose(
      `link to ${to} (${kind})`,
      `${formatBdf(peer.device.domain, peer.device.bdf)}, peer ${id} of ${peer.peers}`,
      to === 'root' ? 'the end that the system config has' : `the end that ${to} has`,
    );
    return placed;
  }
  if (link.bdf !== null) {
    const name = formatBdf(0, link.bdf);
    const fix = 'choose another device, or leave `device` out';
    findings.ask('link', [...at, 'device'], `${to} has no free end of a ${kind} link at ${name}`, fix);
    return null;
  }
  if (other !== undefined && to !== 'root' && theirs === undefined) {
    const fix = `add an ivshmem device for it to the config of ${to}, or make that cell of a wish, too`;
    findings.ask('link', at, `${to} has no free end of a ${kind} link, and its config is given`, fix);
    return null;
  }
  return makeLink(ends, link, at);
}

/** Whether the hypervisor can show ivshmem devices here. */
function hasVirtualPci({ system }: MachineState, findings: Findings): boolean {
  if (system.architecture === 'x86' || (system.pciMmconfigBase > 0n && system.pciIsVirtual !== 0))
    return true;
  const message =
    system.pciMmconfigBase === 0n
      ? 'links need a virtual PCI bus, and the system config has none'
      : 'links need a virtual PCI bus, and the system config has a real one (pci_is_virtual is 0)';
  const fix =
    'add pci_mmconfig_base in a hole of the board’s address map, pci_is_virtual: 1, pci_domain: 1 and a vpci_irq_base of the root cell to the system config';
  findings.ask('pci', ['links'], message, fix, {
    actual: `pci_mmconfig_base ${hex(system.pciMmconfigBase)}, pci_is_virtual ${system.pciIsVirtual}`,
  });
  return false;
}

/** The cell's ends of its links; those that cannot be had are asked for. */
export function placeLinks(
  { name, wish: { links } }: Pick<CellWish, 'name' | 'wish'>,
  machine: MachineState,
  placeMemory: (size: bigint, used: readonly AddressRange[]) => bigint | null,
  findings: Findings,
): PlacedLink[] {
  if (links.length === 0 || !hasVirtualPci(machine, findings)) return [];
  const placed: PlacedLink[] = [];
  const ends: Ends = {
    name,
    machine,
    used: new Set(),
    placeMemory: (size) => placeMemory(size, placed.flatMap(linkMemory)),
    findings,
  };
  for (const [index, link] of links.entries()) {
    const found = placeOne(ends, link, ['links', index]);
    if (found === null) continue;
    ends.used.add(found.device.bdf);
    placed.push(found);
  }
  return placed;
}

/** The memory of a link, in one piece. */
export function linkMemory({ regions }: PlacedLink): AddressRange[] {
  const filled = regions.filter(({ size }) => size > 0n);
  const [first, last] = [filled[0], filled.at(-1)];
  return first === undefined || last === undefined
    ? []
    : [rangeTo(first.phys_start, last.phys_start + last.size)];
}
