import { contains, endOf, joined, uncovered, type AddressRange } from '../base/ranges.ts';
import { ivshmemDevices, sharedRegions } from '../checks/cell/shmem.ts';
import { mmconfigOf } from '../checks/cell/resources.ts';
import { isCommRegion, isDevice, isForDma } from '../formats/cell/memory.ts';
import { MEMORY_FLAGS } from '../formats/cell/names.ts';
import type { MemoryRegion } from '../formats/cell/records.ts';
import type { CellDescription, SystemConfig } from '../formats/cell/types.ts';
import { reservedMemory } from '../formats/root/board.ts';
import type { MachineState } from './request.ts';

/** Memory that a new cell cannot have. */
interface Taken {
  range: AddressRange;
  by: string;
}

/** The root cell's memory, as its config and its board tell it. */
export interface RootRam {
  /** Regions that are RAM for sure, ascending. */
  regions: readonly AddressRange[];
  /** Regions of which that is doubtful: readable and writable, but not executable. */
  doubtful: readonly AddressRange[];
  taken: readonly Taken[];
  /** What is left of `regions`, ascending. */
  free: readonly AddressRange[];
}

const physical = ({ phys_start: start, size }: MemoryRegion): AddressRange => ({ start, size });

const WRITABLE = MEMORY_FLAGS.read | MEMORY_FLAGS.write;

const has = ({ flags }: MemoryRegion, wanted: bigint): boolean => (flags & wanted) === wanted;

/** Two pages of the largest size that arm64 has, for each device that the driver shows on the virtual bus. */
const WINDOW_PER_DEVICE = 0x20000n;

/** Where the root's driver puts the BARs of its virtual PCI devices: behind the configuration space. */
function barWindow(system: SystemConfig): AddressRange | null {
  const mmconfig = mmconfigOf(system);
  const count = ivshmemDevices({ description: system.rootCell }).length;
  if (mmconfig === null || system.pciIsVirtual === 0 || count === 0) return null;
  return { start: endOf(mmconfig), size: BigInt(count) * WINDOW_PER_DEVICE };
}

/** All that a cell has of the machine's memory. */
const ownMemory = ({ memoryRegions }: CellDescription): AddressRange[] =>
  memoryRegions.filter((region) => !isCommRegion(region) && region.size > 0n).map(physical);

function takenOf({ system, facts, cells }: MachineState): Taken[] {
  const { hypervisorMemory, rootCell } = system;
  const shared = sharedRegions(rootCell);
  const mmconfig = mmconfigOf(system);
  const window = barWindow(system);
  const links = rootCell.memoryRegions.filter((_, index) => shared.has(index)).map(physical);
  return [
    { range: physical(hypervisorMemory), by: 'the hypervisor' },
    ...(mmconfig === null ? [] : [{ range: mmconfig, by: 'PCI MMCONFIG' }]),
    ...(window === null ? [] : [{ range: window, by: 'the BARs of the root’s virtual PCI' }]),
    ...links.map((range) => ({ range, by: 'an ivshmem link' })),
    ...cells.flatMap((cell) => ownMemory(cell).map((range) => ({ range, by: 'another cell' }))),
    ...(facts.board === null
      ? []
      : reservedMemory(facts.board).map(({ name, range }) => ({ range, by: `${name} of the board` }))),
  ].filter(({ range }) => range.size > 0n);
}

/** What the root cell's config calls RAM, and what of it is left. */
export function rootRam(machine: MachineState): RootRam {
  const { rootCell, architecture } = machine.system;
  const shared = sharedRegions(rootCell);
  const candidates = rootCell.memoryRegions.filter(
    (region, index) =>
      !shared.has(index) &&
      region.size > 0n &&
      has(region, WRITABLE) &&
      !isDevice(region) &&
      !isCommRegion(region),
  );
  const isSure = (region: MemoryRegion): boolean =>
    has(region, MEMORY_FLAGS.execute) && (architecture !== 'x86' || isForDma(region));
  const sorted = (regions: readonly MemoryRegion[]): AddressRange[] =>
    regions.map(physical).toSorted((a, b) => (a.start < b.start ? -1 : 1));
  const regions = sorted(candidates.filter(isSure));
  const taken = takenOf(machine);
  const occupied = joined(taken.map(({ range }) => range));
  return {
    regions,
    // On x86 device registers have no flag of their own, so all but RAM is out of the question.
    doubtful: architecture === 'x86' ? [] : sorted(candidates.filter((region) => !isSure(region))),
    taken,
    free: joined(regions).flatMap((range) => uncovered(range, occupied)),
  };
}

/** Whether one of the ranges has all of `inner`. */
export const isWithin = (inner: AddressRange, ranges: readonly AddressRange[]): boolean =>
  ranges.some((range) => contains(range, inner));
