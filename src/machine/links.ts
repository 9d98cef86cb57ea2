import { describeSize, hex, PAGE_SIZE } from '../base/address.ts';
import type { ManifestPath } from '../base/diagnostic.ts';
import { describeRange, rangeTo, type AddressRange } from '../base/ranges.ts';
import { ivshmemDevices, shmemRegions, type Ivshmem } from '../checks/cell/shmem.ts';
import { cellName } from '../formats/cell/config.ts';
import { PCI_TYPES } from '../formats/cell/names.ts';
import { formatBdf } from '../formats/cell/pci.ts';
import type { MemoryRegion, PciDevice } from '../formats/cell/records.ts';
import type { Versioned } from '../formats/cell/layout-ids.ts';
import { shmemBarMask } from '../formats/cell/shmem-bars.ts';
import type { CellDescription } from '../formats/cell/types.ts';
import type { LinkKind } from '../manifest/wish/schema.ts';
import type { WishedLink } from '../manifest/wish/parse.ts';
import type { Findings } from './findings.ts';
import type { CellWish, MachineState } from './request.ts';
import {
  KINDS,
  speaks,
  answerTo,
  sectionSizes,
  haveSize,
  USUAL_SIZE,
  LEAST_SIZE,
  PEERS,
  region,
  newRegions,
} from './link-kinds.ts';

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

/** The BARs that the root's other devices have, or else those that the revision's configs give to such a device. */
const barsOf = ([like]: readonly Ivshmem[], version: Versioned, vectors: number): number[] =>
  like === undefined ? shmemBarMask(version, vectors) : [...like.device.bar_mask];

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
    bar_mask: barsOf(known, system, msixVectors),
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
    if (link.to === name) {
      const fix = 'write `to: root`, or the name of another cell';
      findings.ask('link', ['links', index], `${name} cannot have a link to itself`, fix);
      continue;
    }
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
