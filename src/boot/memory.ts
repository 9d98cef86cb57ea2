import { alignUp, hex } from '../base/address.ts';
import { InputError } from '../base/diagnostic.ts';
import { byStart, overlaps, span, type AddressRange } from '../base/ranges.ts';
import type { BoxArchitecture } from './types.ts';

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
  /** What CPUs of QEMU and the monitor can address: no memory may be beyond. */
  end: bigint;
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
    // The monitor's own tables (monitor/x86/start.S).
    end: 512n * GIB,
  },
  arm64: {
    blob: 0x4028_0000n,
    comm: 0x4030_0000n,
    cell: 0x4100_0000n,
    ram: 0x4000_0000n,
    split: null,
    // Half of the 44 bits of a Cortex-A57; QEMU puts its PCI windows behind the memory.
    end: 1n << 43n,
  },
};

/** With more than this, q35's memory has two parts. */
const SPLIT_SIZE = 3n * GIB;

/** Large pages have this size in both architectures. */
const LARGE_PAGE = 2n << 20n;

/** The memory of QEMU that plays the cell's. */
export class Memory {
  readonly #layout: BoxLayout;
  #next: bigint;
  /** In the part behind the split. */
  #nextHigh: bigint;

  constructor(layout: BoxLayout) {
    this.#layout = layout;
    this.#next = layout.cell;
    this.#nextHigh = layout.split?.resume ?? 0n;
  }

  /**
   * A free place.
   *
   * @param inPage so far behind the start of a large page
   * @throws InputError `boot/too-large`
   */
  take(size: bigint, inPage: bigint): bigint {
    const from = (next: bigint): bigint => alignUp(next - inPage, LARGE_PAGE) + inPage;
    const { split, end } = this.#layout;
    const at = from(this.#next);
    if (split === null ? at + size <= end : at + size <= split.end) {
      this.#next = at + size;
      return at;
    }
    const high = from(this.#nextHigh);
    if (split === null || high + size > end) {
      throw new InputError('boot/too-large', 'the cell has more memory than the box can play', {
        requested: `at most ${hex(end - (split === null ? this.#layout.ram : split.resume))} bytes`,
        fix: 'boot the cell on the target, or give it less memory for a try in the box',
      });
    }
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

/** Memory of the machine, and where the cell has it. */
export interface Mapping {
  physical: AddressRange;
  virtual: bigint;
}

const modulo = (value: bigint, by: bigint): bigint => ((value % by) + by) % by;

/** Mappings by the memory that they share; what only touches need not be neighbours in QEMU. */
function bySharing<T extends Mapping>(mappings: readonly T[]): { range: AddressRange; members: T[] }[] {
  const groups: { range: AddressRange; members: T[] }[] = [];
  for (const mapping of mappings.toSorted((a, b) => byStart(a.physical, b.physical))) {
    const last = groups.at(-1);
    if (last !== undefined && overlaps(last.range, mapping.physical)) {
      last.range = span(last.range, mapping.physical);
      last.members.push(mapping);
    } else {
      groups.push({ range: mapping.physical, members: [mapping] });
    }
  }
  // In the order of the config, which is what a reader of QEMU's command line expects.
  return groups.toSorted((a, b) => firstOf(a.members, mappings) - firstOf(b.members, mappings));
}

const firstOf = <T>(members: readonly T[], all: readonly T[]): number =>
  Math.min(...members.map((member) => all.indexOf(member)));

/**
 * Places in QEMU for mappings: those that share memory of the machine share QEMU's. Each begins as far behind a large
 * page's start as in the cell; of several that share memory, the largest.
 *
 * @throws InputError `boot/too-large`
 */
export function takeMappings<T extends Mapping>(memory: Memory, mappings: readonly T[]): Map<T, bigint> {
  const places = new Map<T, bigint>();
  for (const { range, members } of bySharing(mappings)) {
    const [largest] = members.toSorted((a, b) => (a.physical.size > b.physical.size ? -1 : 1));
    const before = largest!.physical.start - range.start;
    const at = memory.take(range.size, modulo(largest!.virtual - before, LARGE_PAGE));
    for (const mapping of members) places.set(mapping, at + mapping.physical.start - range.start);
  }
  return places;
}
