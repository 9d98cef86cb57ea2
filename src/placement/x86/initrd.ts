import { endOf, holds, span, type AddressRange } from '../../base/ranges.ts';
import { describeSize, hex, pageAlign } from '../../base/address.ts';
import { virtualRange } from '../../formats/cell/memory.ts';
import { failure, type Diagnostic } from '../../base/diagnostic.ts';
import type { Compression } from '../../formats/compression/detect.ts';
import { findFits, shortfalls } from '../fit.ts';
import { LOAD_REFUSED } from '../regions.ts';
import { ADDRESS_LIMIT } from './params.ts';
import type { X86Layout, X86Request } from './place.ts';

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

function upstreamFactor({ kernel, decompressionFactor }: X86Request, layout: X86Layout): bigint {
  if (layout.abi.kernelFactor !== null) return layout.abi.kernelFactor;
  if (decompressionFactor) return BigInt(decompressionFactor);
  return FACTORS[kernel.image.upstreamCompression];
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
export function upstreamInitrd(request: X86Request, layout: X86Layout, size: bigint): PlacedInitrd {
  const reserved = upstreamFactor(request, layout) * layout.kernel.size;
  const range = { start: pageAlign(layout.kernel.start + reserved), size };
  if (range.start < ADDRESS_LIMIT && size < ADDRESS_LIMIT)
    return { range, refusal: null, followsKernel: false };
  return refuse(range, `the initrd of ${describeSize(size)} would be at ${hex(range.start)}`, {
    requested: 'address and size below 4 GiB: the zero page has 32 bits for each',
    actual: `${describeSize(size)} at ${hex(range.start)}`,
    fix: `use \`placement: exact\`${layout.abi.kernelFactor === null ? ', or a smaller -k factor' : ''}`,
  });
}

/** The first address behind an initrd, at most: the kernel's header names the last one. */
export const initrdLimit = ({ kernel }: X86Request): bigint =>
  BigInt(kernel.image.header.initrd_addr_max) + 1n;

/** The lowest page behind the kernel's file and run area where the whole initrd fits one loadable RAM region. */
export function exactInitrd(request: X86Request, layout: X86Layout, size: bigint): PlacedInitrd {
  const { cell } = request;
  const from = pageAlign(endOf(span(layout.runArea, layout.kernel)));
  const limit = initrdLimit(request);
  const places = findFits(cell, { from, size }, [layout.loader, layout.params]);
  const lowest = places.find((range) => endOf(range) <= limit);
  if (lowest !== undefined) return { range: lowest, refusal: null, followsKernel: false };

  // A place is only too high: no more RAM would help.
  const isTooHigh = places.length > 0;
  const [closest, ...others] = shortfalls(
    cell,
    { from, size },
    {
      end: limit,
      name: `initrd_addr_max (${hex(limit - 1n)})`,
    },
  );
  const refused = refuse(
    { start: from, size },
    `the initrd of ${describeSize(size)} does not fit after the kernel, which needs the memory up to ${hex(from)}: ${closest?.text ?? 'the cell has no RAM region there'}`,
    {
      requested: `${describeSize(size)} in one loadable RAM region at or above ${hex(from)}${isTooHigh ? `, its last byte at or below initrd_addr_max (${hex(limit - 1n)})` : ''}`,
      ...(others.length === 0 ? {} : { actual: [closest!, ...others].map(({ text }) => text).join('; ') }),
      ...(isTooHigh
        ? { fix: 'use a kernel with a higher initrd_addr_max, or shrink the initrd' }
        : {
            fix: 'give the cell more RAM in one region, shrink the initrd, or build the kernel with a lower CONFIG_PHYSICAL_START',
            symptom: LOAD_REFUSED,
          }),
    },
  );
  const followsKernel =
    closest === undefined ||
    (['ram', 'loadable'].includes(closest.lacks) &&
      holds(virtualRange(closest.region), layout.runArea.start));
  return { ...refused, followsKernel };
}
