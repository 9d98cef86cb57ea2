import { alignUp, PAGE_SIZE } from '../base/address.ts';
import { InputError } from '../base/diagnostic.ts';
import { holds, type AddressRange } from '../base/ranges.ts';
import { isCommRegion, isDevice, isSubPage, virtualRange } from '../formats/cell/memory.ts';
import type { MemoryRegion } from '../formats/cell/records.ts';
import { BOX_KINDS, BOX_LIMITS, type BoxRegion } from './blob.ts';
import { BOX_LAYOUTS, Memory, takeMappings } from './memory.ts';
import { painted, type Layer } from './paint.ts';
import type { BoxArchitecture, BoxMachine } from './types.ts';

/** Registers of the UART that QEMU's virt machine has. */
export const QEMU_PL011 = 0x900_0000n;

/** What plays a region of the cell config: its kind, and where in QEMU. */
interface Backing {
  kind: number;
  address: bigint;
}

const wholePages = ({ start, size }: AddressRange): AddressRange => {
  const first = start - (start % PAGE_SIZE);
  return { start: first, size: alignUp(start + size, PAGE_SIZE) - first };
};

const isMemory = (region: MemoryRegion): boolean =>
  !isCommRegion(region) && !isSubPage(region) && !isDevice(region);

/** Where the regions that are memory are in QEMU: as they share it in the machine. */
function takeMemory(regions: readonly MemoryRegion[], memory: Memory): Map<MemoryRegion, bigint> {
  const mappings = regions.filter(isMemory).map((region) => ({
    region,
    physical: wholePages({ start: region.phys_start, size: region.size }),
    virtual: region.virt_start,
  }));
  const places = takeMappings(memory, mappings);
  return new Map([...places].map(([{ region }, place]) => [region, place]));
}

function backingOf(region: MemoryRegion, comm: bigint, ram: ReadonlyMap<MemoryRegion, bigint>): Backing {
  if (isCommRegion(region)) return { kind: BOX_KINDS.comm, address: comm };
  if (isSubPage(region)) return { kind: BOX_KINDS.dispatched, address: region.phys_start };
  const place = ram.get(region);
  return place === undefined
    ? { kind: BOX_KINDS.scratch, address: 0n }
    : { kind: BOX_KINDS.ram, address: place };
}

/** Where a cell's memory is in QEMU. */
export interface PlacedCell {
  /** What the monitor maps: disjoint, by address. */
  regions: BoxRegion[];
  /** For each region of the config, where its RAM begins in QEMU; `null` for what is no RAM there. */
  ram: readonly (bigint | null)[];
  /** Bytes for `-m`. */
  memory: bigint;
}

interface Mapped {
  flags: bigint;
  kind: number;
  address: bigint;
}

/** The UART's page in front of whatever the config has there. */
function uartLayer(regions: readonly MemoryRegion[], uart: AddressRange | null): Layer<Mapped>[] {
  const owner = uart && regions.find((region) => holds(virtualRange(region), uart.start));
  if (!owner) return [];
  const of = { flags: owner.flags, kind: BOX_KINDS.device, address: QEMU_PL011 };
  return [{ range: wholePages({ start: uart!.start, size: 1n }), of }];
}

const tooMany = (what: string): InputError =>
  new InputError('boot/too-large', `the cell has ${what}`, {
    requested: `at most ${BOX_LIMITS.regions}`,
    fix: 'boot the cell on the target: the box does not take so many',
  });

/**
 * Gives each region of a cell a place in QEMU: memory anywhere, but what the machine has once, QEMU has once, too;
 * devices a scratch page, the UART QEMU's.
 *
 * @throws InputError `boot/too-large` for more regions than a monitor takes, or more memory
 */
export function placeCell(
  regions: readonly MemoryRegion[],
  architecture: BoxArchitecture,
  { uart }: Pick<BoxMachine, 'uart'>,
): PlacedCell {
  const layout = BOX_LAYOUTS[architecture];
  const memory = new Memory(layout);
  const used = regions.filter(({ size }) => size > 0n);
  if (used.length > BOX_LIMITS.regions) throw tooMany(`${used.length} memory regions`);
  const ram = takeMemory(used, memory);
  const backings = new Map(used.map((region) => [region, backingOf(region, layout.comm, ram)]));
  const layers = used.map((region): Layer<Mapped> => {
    const backing = backings.get(region)!;
    const range = virtualRange(region);
    const isExact = backing.kind === BOX_KINDS.dispatched;
    return { range: isExact ? range : wholePages(range), of: { flags: region.flags, ...backing } };
  });
  const isDispatched = ({ of }: Layer<Mapped>): boolean => of.kind === BOX_KINDS.dispatched;
  // Jailhouse maps in this order, the later over the earlier; what is mapped is not dispatched.
  const pieces = painted([
    ...layers.filter(isDispatched),
    ...layers.filter((layer) => !isDispatched(layer)),
    ...uartLayer(used, uart),
  ]);
  if (pieces.length > BOX_LIMITS.regions) throw tooMany(`${pieces.length} pieces of memory`);
  return {
    regions: pieces.map(({ range, offset, of: { flags, kind, address } }) => ({
      virt: range.start,
      backing: kind === BOX_KINDS.scratch ? 0n : address + offset,
      size: range.size,
      flags,
      kind,
      reserved: 0,
    })),
    ram: regions.map((region) => ram.get(region) ?? null),
    memory: memory.size(),
  };
}

/** Where an address of a region is in QEMU; `null` where the region is no RAM there. */
export const qemuAddress = (
  placed: PlacedCell,
  regions: readonly MemoryRegion[],
  address: bigint,
): bigint | null => {
  // `jailhouse cell load` writes to the first region that holds the address.
  const index = regions.findIndex((region) => holds(virtualRange(region), address));
  const ram = placed.ram[index];
  return ram === undefined || ram === null ? null : ram + address - regions[index]!.virt_start;
};
