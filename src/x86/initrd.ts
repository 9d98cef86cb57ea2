import {
  byStart,
  contains,
  describeSize,
  endOf,
  hex,
  holds,
  overlaps,
  pageAlign,
  span,
  type AddressRange,
} from '../address.ts';
import { isCommRegion, isLoadable, isRam, virtualRange, whyNotRam } from '../cell/memory.ts';
import type { MemoryRegion } from '../cell/records.ts';
import type { CellConfig } from '../cell/types.ts';
import { failure, type Diagnostic } from '../diagnostic.ts';
import { SECTOR } from '../kernel/bzimage.ts';
import { detectCompression, type Compression } from '../kernel/compression.ts';
import { describeRegion } from '../plan/memory-map.ts';
import type { PlanRequest } from '../plan/request.ts';
import { findContests } from '../plan/regions.ts';
import { ADDRESS_LIMIT } from './params.ts';
import type { X86Layout } from './place.ts';

/** How many file sizes upstream reserves for unpacking (Jailhouse 0.9 and newer); zstd is unknown to it. */
const FACTORS: Readonly<Record<Compression, bigint>> = {
  gzip: 7n,
  bzip2: 4n,
  lzma: 8n,
  lz4: 6n,
  lzo: 6n,
  xz: 9n,
  zstd: 9n,
  none: 9n,
  unknown: 9n,
};

function upstreamFactor({ kernel, decompressionFactor }: PlanRequest, layout: X86Layout): bigint {
  if (layout.abi.kernelFactor !== null) return layout.abi.kernelFactor;
  if (decompressionFactor) return BigInt(decompressionFactor);
  const { header } = kernel.image;
  const magicAt = (header.setup_sects + 1) * SECTOR + header.payload_offset;
  return FACTORS[detectCompression(kernel.file.subarray(magicAt, magicAt + 2))];
}

/** An initrd's place, and if it cannot be there, why. */
export interface PlacedInitrd {
  range: AddressRange;
  refusal: Diagnostic | null;
  /** Whether the refusal has no other cause than what keeps the kernel from its place. */
  followsKernel: boolean;
}

const refuse = (
  range: AddressRange,
  message: string,
  more: Omit<Diagnostic, 'code' | 'severity' | 'message'>,
) => ({
  range,
  refusal: failure('placement/initrd', message, { path: ['initrd'], ...more }),
  followsKernel: false,
});

/** Where `jailhouse cell linux` of the release puts the initrd: behind a multiple of the kernel's file size. */
export function upstreamInitrd(request: PlanRequest, layout: X86Layout, size: bigint): PlacedInitrd {
  const reserved = upstreamFactor(request, layout) * layout.kernel.size;
  const range = { start: pageAlign(layout.kernel.start + reserved), size };
  if (range.start < ADDRESS_LIMIT && size < ADDRESS_LIMIT)
    return { range, refusal: null, followsKernel: false };
  return refuse(range, `the initrd of ${describeSize(size)} would be at ${hex(range.start)}`, {
    requested: 'address and size below 4 GiB: the zero page has 32 bits for each',
    actual: `${describeSize(size)} at ${hex(range.start)}`,
    hint: `use \`placement: exact\`${layout.abi.kernelFactor === null ? ', or a smaller -k factor' : ''}`,
  });
}

/** The first address behind an initrd, at most: the kernel's header names the last one. */
export const initrdLimit = ({ kernel }: PlanRequest): bigint =>
  BigInt(kernel.image.header.initrd_addr_max) + 1n;

/** What of the RAM behind the kernel may be taken, or be no RAM after all; sorted. */
const obstacles = (cell: CellConfig, layout: X86Layout): AddressRange[] =>
  [layout.loader, layout.params, ...findContests(cell).map(({ range }) => range)].toSorted(byStart);

/** The lowest page of `region` from `from` on where `size` bytes hit nothing of `taken`, which is sorted. */
function firstFit(
  region: AddressRange,
  from: bigint,
  size: bigint,
  taken: readonly AddressRange[],
): AddressRange | null {
  let start = pageAlign(region.start > from ? region.start : from);
  for (const range of taken) {
    if (overlaps(range, { start, size })) start = pageAlign(endOf(range));
  }
  return contains(region, { start, size }) ? { start, size } : null;
}

/** The lowest page behind the kernel's file and run area where the whole initrd fits one loadable RAM region. */
export function exactInitrd(request: PlanRequest, layout: X86Layout, size: bigint): PlacedInitrd {
  const { cell } = request;
  const from = pageAlign(endOf(span(layout.runArea, layout.kernel)));
  const limit = initrdLimit(request);
  const taken = obstacles(cell, layout);
  const places = cell.memoryRegions
    .filter((region) => isRam(region) && isLoadable(region))
    .map((region) => firstFit(virtualRange(region), from, size, taken))
    .filter((range): range is AddressRange => range !== null)
    .toSorted(byStart);
  const lowest = places.find((range) => endOf(range) <= limit);
  if (lowest !== undefined) return { range: lowest, refusal: null, followsKernel: false };

  // A place is only too high: no more RAM would help.
  const isTooHigh = places.length > 0;
  const [closest, ...others] = shortfalls(cell, from, size, limit);
  const refused = refuse(
    { start: from, size },
    `the initrd of ${describeSize(size)} does not fit behind the kernel, which needs the memory up to ${hex(from)}: ${closest?.text ?? 'the cell has no RAM region there'}`,
    {
      requested: `${describeSize(size)} in one loadable RAM region at or above ${hex(from)}${isTooHigh ? `, its last byte at or below initrd_addr_max (${hex(limit - 1n)})` : ''}`,
      ...(others.length === 0 ? {} : { actual: [closest!, ...others].map(({ text }) => text).join('; ') }),
      ...(isTooHigh
        ? { hint: 'use a kernel with a higher initrd_addr_max, or shrink the initrd' }
        : {
            hint: 'give the cell more RAM in one region, shrink the initrd, or build the kernel with a lower CONFIG_PHYSICAL_START',
            symptom: 'JAILHOUSE_CELL_LOAD: Invalid argument',
          }),
    },
  );
  const followsKernel =
    closest === undefined || (closest.flags && holds(virtualRange(closest.region), layout.runArea.start));
  return { ...refused, followsKernel };
}

interface Shortfall {
  region: MemoryRegion;
  room: bigint;
  /** Whether the region would do with other flags. */
  flags: boolean;
  text: string;
}

const MAX_SHORTFALLS = 4;

/** Why the regions behind the kernel do not take the initrd, with the missing bytes; those with the most room first. */
function shortfalls(cell: CellConfig, from: bigint, size: bigint, limit: bigint): Shortfall[] {
  const all = cell.memoryRegions.flatMap((region, index): Shortfall[] => {
    const range = virtualRange(region);
    // A region that ends in the kernel's last page is told, with nothing behind it.
    if (isCommRegion(region) || pageAlign(endOf(range)) < from || !(isRam(region) || isLoadable(region))) {
      return [];
    }
    const start = pageAlign(range.start > from ? range.start : from);
    const end = endOf(range) < limit ? endOf(range) : limit;
    const room = end > start ? end - start : 0n;
    const name = describeRegion(cell, index);
    if (room < size) {
      const bound = end === limit ? ` below initrd_addr_max (${hex(limit - 1n)})` : '';
      const has = room === 0n ? 'has nothing there' : `has ${describeSize(room)} there`;
      const text = `${name} ${has}${bound}, ${describeSize(size - room)} missing`;
      return [{ region, room, flags: false, text }];
    }
    if (!isRam(region))
      return [{ region, room, flags: true, text: `${name} is no RAM: ${whyNotRam(region)}` }];
    if (!isLoadable(region)) return [{ region, room, flags: true, text: `${name} is not loadable` }];
    return [{ region, room, flags: false, text: `${name} has the room, but other things lie in it` }];
  });
  return all.toSorted((a, b) => (a.room > b.room ? -1 : a.room < b.room ? 1 : 0)).slice(0, MAX_SHORTFALLS);
}
