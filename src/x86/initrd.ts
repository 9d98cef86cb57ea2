import { contains, describeSize, endOf, hex, overlaps, pageAlign, type AddressRange } from '../address.ts';
import { isLoadable, isRam, virtualRange } from '../cell/memory.ts';
import type { CellConfig } from '../cell/types.ts';
import { InputError } from '../diagnostic.ts';
import { detectCompression, type Compression } from '../kernel/compression.ts';
import { describeRegion, drawMemoryMap } from '../plan/memory-map.ts';
import type { PlanRequest } from '../plan/request.ts';
import { isCommRegion } from '../cell/memory.ts';
import { placedParts } from './parts.ts';
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
  if (layout.abi.kernelFactor !== null) return BigInt(layout.abi.kernelFactor);
  if (decompressionFactor) return BigInt(decompressionFactor);
  const { header } = kernel.image;
  const magicAt = (header.setup_sects + 1) * 512 + header.payload_offset;
  return FACTORS[detectCompression(kernel.file.subarray(magicAt, magicAt + 2))];
}

/** Where `jailhouse cell linux` of the release puts the initrd: behind a multiple of the kernel's file size. */
export function upstreamInitrd(request: PlanRequest, layout: X86Layout, size: bigint): AddressRange {
  const reserved = upstreamFactor(request, layout) * layout.kernel.size;
  return { start: pageAlign(layout.kernel.start + reserved), size };
}

/** The last address that an initrd may occupy, by the kernel's header. */
export const initrdLimit = ({ kernel }: PlanRequest): bigint =>
  BigInt(kernel.image.header.initrd_addr_max) + 1n;

/** What the initrd must not lie on, besides the kernel. */
const obstacles = (cell: CellConfig, layout: X86Layout): AddressRange[] => [
  layout.loader,
  layout.params,
  ...cell.memoryRegions.filter(isCommRegion).map(virtualRange),
];

function firstFit(
  region: AddressRange,
  from: bigint,
  size: bigint,
  taken: readonly AddressRange[],
): AddressRange | null {
  let start = pageAlign(region.start > from ? region.start : from);
  for (;;) {
    const candidate = { start, size };
    if (!contains(region, candidate)) return null;
    const hit = taken.find((range) => overlaps(range, candidate));
    if (hit === undefined) return candidate;
    start = pageAlign(endOf(hit));
  }
}

/**
 * The lowest page behind the kernel's run area where the whole initrd fits one loadable RAM region.
 *
 * @throws InputError `placement/initrd` with each region's reason if there is none
 */
export function exactInitrd(request: PlanRequest, layout: X86Layout, size: bigint): AddressRange {
  const { cell } = request;
  const kernelEnd =
    endOf(layout.runArea) > endOf(layout.kernel) ? endOf(layout.runArea) : endOf(layout.kernel);
  const from = pageAlign(kernelEnd);
  const limit = initrdLimit(request);
  const fits = cell.memoryRegions
    .filter((region) => isRam(region) && isLoadable(region))
    .map((region) => firstFit(virtualRange(region), from, size, obstacles(cell, layout)))
    .filter((range) => range !== null && endOf(range) <= limit) as AddressRange[];
  const lowest = fits.sort((a, b) => (a.start < b.start ? -1 : 1))[0];
  if (lowest !== undefined) return lowest;

  const missing = bestShortfall(cell, from, size, limit);
  throw new InputError(
    'placement/initrd',
    `the initrd (${describeSize(size)}) fits into no loadable RAM region behind the kernel, which needs the memory up to ${hex(from)}`,
    {
      requested: `${describeSize(size)} at or above ${hex(from)}`,
      actual: missing,
      hint: 'give the cell more RAM in one region, shrink the initrd, or build the kernel with a lower CONFIG_PHYSICAL_START',
      symptom: 'JAILHOUSE_CELL_LOAD: Invalid argument',
      detail: drawMemoryMap(cell, placedParts(layout, { start: from, size })),
      path: ['initrd'],
    },
  );
}

/** Why each region that could hold the initrd does not, with the missing bytes. */
function bestShortfall(cell: CellConfig, from: bigint, size: bigint, limit: bigint): string {
  const reasons = cell.memoryRegions.flatMap((region, index) => {
    if (region.size === 0n || isCommRegion(region)) return [];
    const name = describeRegion(cell, index);
    if (!isRam(region))
      return isLoadable(region) ? [`${name} is not RAM: it needs read, write, execute and dma`] : [];
    if (!isLoadable(region)) return [`${name} is not loadable`];
    const end = endOf(virtualRange(region));
    if (end <= from) return [`${name} ends at ${hex(end)}, in front of it`];
    const start = pageAlign(region.virt_start > from ? region.virt_start : from);
    const usableEnd = end < limit ? end : limit;
    const room = usableEnd > start ? usableEnd - start : 0n;
    if (room >= size) return [`${name} has the room, but other images lie in it`];
    const bound = usableEnd === end ? '' : ` below initrd_addr_max (${hex(limit - 1n)})`;
    return [`${name} has ${describeSize(room)}${bound}: ${describeSize(size - room)} missing`];
  });
  return reasons.length === 0 ? 'the cell has no RAM region' : reasons.join('; ');
}
