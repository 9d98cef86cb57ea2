import { alignUp, PAGE_SIZE } from '../base/address.ts';
import { InputError } from '../base/diagnostic.ts';
import { holds, type AddressRange } from '../base/ranges.ts';
import { isCommRegion, isDevice, virtualRange } from '../formats/cell/memory.ts';
import type { MemoryRegion } from '../formats/cell/records.ts';
import { BOX_KINDS, BOX_LIMITS, type BoxRegion } from './blob.ts';
import { painted, type Layer } from './paint.ts';
import type { BoxArchitecture, BoxMachine } from './types.ts';

/** Where things are in QEMU's memory; monitor/blob.h has the same numbers. */
export interface BoxLayout {
  blob: bigint;
  comm: bigint;
  /** The cell's memory begins here. */
  cell: bigint;
  /** Where QEMU's memory begins; `-m` counts from here. */
  ram: bigint;
  /** Where its first part ends, if it has two, and where the second begins. */
  split: { end: bigint; resume: bigint } | null;
}

const GIB = 1n << 30n;

export const BOX_LAYOUTS: Readonly<Record<BoxArchitecture, BoxLayout>> = {
  x86: {
    blob: 0x20_0000n,
    comm: 0x28_0000n,
    cell: 0x80_0000n,
    ram: 0n,
    // q35 with 2.75 GiB and more has 2 GiB below 4 GiB, and the rest behind (QEMU, hw/i386/pc_q35.c).
    split: { end: 2n * GIB, resume: 4n * GIB },
  },
  arm64: {
    blob: 0x4028_0000n,
    comm: 0x4030_0000n,
    cell: 0x4100_0000n,
    ram: 0x4000_0000n,
    split: null,
  },
};

/** Registers of the UART that QEMU's virt machine has. */
export const QEMU_PL011 = 0x900_0000n;

/** With more than this, q35's memory has two parts. */
const SPLIT_SIZE = 3n * GIB;

/** Large pages have this size in both architectures. */
const LARGE_PAGE = 2n << 20n;

/** The memory of QEMU that plays the cell's. */
class Memory {
  readonly #layout: BoxLayout;
  #next: bigint;
  /** In the part behind the split. */
  #nextHigh: bigint;

  constructor(layout: BoxLayout) {
    this.#layout = layout;
    this.#next = layout.cell;
    this.#nextHigh = layout.split?.resume ?? 0n;
  }

  /** A free place for a region, as far behind a large page's start as the region is in the cell. */
  take({ start, size }: AddressRange): bigint {
    const inPage = start % LARGE_PAGE;
    const from = (next: bigint): bigint => alignUp(next - inPage, LARGE_PAGE) + inPage;
    const { split } = this.#layout;
    const at = from(this.#next);
    if (split === null || at + size <= split.end) {
      this.#next = at + size;
      return at;
    }
    const high = from(this.#nextHigh);
    this.#nextHigh = high + size;
    return high;
  }

  /** What `-m` has to give, in bytes. */
  size(): bigint {
    const { ram, split } = this.#layout;
    if (split === null || this.#nextHigh === split.resume) return alignUp(this.#next - ram, LARGE_PAGE);
    const whole = split.end + alignUp(this.#nextHigh - split.resume, LARGE_PAGE);
    return whole < SPLIT_SIZE ? SPLIT_SIZE : whole;
  }
}

/** What plays a region of the cell config: its kind, and where in QEMU. */
interface Backing {
  kind: number;
  address: bigint;
}

/** Jailhouse maps whole pages; accesses to other regions it looks at one by one. */
const isSubpage = ({ virt_start, size }: MemoryRegion): boolean =>
  virt_start % PAGE_SIZE !== 0n || size % PAGE_SIZE !== 0n;

const wholePages = ({ start, size }: AddressRange): AddressRange => {
  const first = start - (start % PAGE_SIZE);
  return { start: first, size: alignUp(start + size, PAGE_SIZE) - first };
};

function backingOf(region: MemoryRegion, layout: BoxLayout, memory: Memory): Backing {
  if (isCommRegion(region)) return { kind: BOX_KINDS.comm, address: layout.comm };
  if (isSubpage(region)) return { kind: BOX_KINDS.dispatched, address: region.phys_start };
  if (isDevice(region)) return { kind: BOX_KINDS.scratch, address: 0n };
  return { kind: BOX_KINDS.ram, address: memory.take(virtualRange(region)) };
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

/**
 * Gives each region of a cell a place in QEMU: RAM anywhere, devices a scratch page, the UART QEMU's.
 *
 * @throws InputError `boot/too-large` for more regions than a monitor takes
 */
export function placeCell(
  regions: readonly MemoryRegion[],
  architecture: BoxArchitecture,
  { uart }: Pick<BoxMachine, 'uart'>,
): PlacedCell {
  const layout = BOX_LAYOUTS[architecture];
  const memory = new Memory(layout);
  const used = regions.filter(({ size }) => size > 0n);
  const backings = new Map(used.map((region) => [region, backingOf(region, layout, memory)]));
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
  if (pieces.length > BOX_LIMITS.regions) {
    throw new InputError('boot/too-large', `the cell has ${pieces.length} pieces of memory`, {
      requested: `at most ${BOX_LIMITS.regions}`,
      fix: 'boot the cell on the target: the box does not take so many',
    });
  }
  return {
    regions: pieces.map(({ range, offset, of: { flags, kind, address } }) => ({
      virt: range.start,
      backing: kind === BOX_KINDS.scratch ? 0n : address + offset,
      size: range.size,
      flags,
      kind,
      reserved: 0,
    })),
    ram: regions.map((region) => {
      const backing = backings.get(region);
      return backing?.kind === BOX_KINDS.ram ? backing.address : null;
    }),
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
