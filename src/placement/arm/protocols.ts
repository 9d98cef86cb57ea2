import { pageAlign } from '../../base/address.ts';
import type { Arm64Image } from '../../formats/kernel/arm64-image.ts';
import type { ZImage } from '../../formats/kernel/zimage.ts';
import { withFormat, type PlanRequest } from '../request.ts';
import type { ArmArchitecture } from './releases.ts';

export type ArmImage = Arm64Image | ZImage;
export type ArmRequest<Image extends ArmImage = ArmImage> = PlanRequest<Image>;
/** What a device tree is checked against; the kernel may be one that no loader starts. */
export type TreeRequest = Omit<PlanRequest, 'kernel'> & { architecture: ArmArchitecture };

/** What a kernel's boot protocol asks of its place in memory. */
export interface KernelPlace {
  /** The kernel starts so many bytes after a multiple of `alignment`. */
  alignment: bigint;
  offset: bigint;
  /** Upstream's idea of the offset. */
  upstreamOffset: bigint;
  /** Bytes from the kernel's start that it uses before it knows its memory: nothing else may lie there. */
  runSize: bigint;
  /** DTB and initrd may lie below the kernel. */
  usesMemoryBelow: boolean;
  /** Kernels below Linux 5.12 take the start of such a unit for the start of their RAM. */
  ramUnit: bigint | null;
  /** The first address that kernel, DTB and initrd must not reach. */
  addressLimit: bigint;
  /** Bytes that the DTB may have. */
  dtbLimit: bigint | null;
  /** DTB and initrd must lie with the kernel in so many bytes from a multiple of `unit` on. */
  window: { unit: bigint; size: bigint } | null;
}

/** One of the two Arm architectures, where they differ. */
export interface ArmVariant<Image extends ArmImage> {
  architecture: ArmArchitecture;
  /** @throws InputError `kernel/format` for a kernel of another architecture */
  narrow(request: PlanRequest): ArmRequest<Image>;
  placeOf(image: Image): KernelPlace;
}

const MIB = 1n << 20n;
const GIB = 1n << 30n;

/** Linux, Documentation/arch/arm64/booting.rst. */
export const arm64Variant: ArmVariant<Arm64Image> = {
  architecture: 'arm64',
  narrow: (request) => withFormat(request, 'Image'),
  placeOf: (image) => ({
    alignment: 0x200000n,
    offset: image.textOffset,
    upstreamOffset: image.header.text_offset,
    runSize: image.runSize,
    usesMemoryBelow: image.placedAnywhere,
    ramUnit: null,
    addressLimit: 1n << 48n,
    dtbLimit: 0x200000n,
    window: { unit: GIB, size: 32n * GIB },
  }),
};

/** The unpacked kernel starts at most so far behind the start of its RAM (Linux, arch/arm/Makefile, textofs-y). */
const MAX_TEXT_OFFSET = 0x208000n;

/** Stack and heap of the code that unpacks the kernel (arch/arm/boot/compressed/head.S), rounded up. */
const UNPACKER_ROOM = 0x20000n;

/** What upstream reserves for a kernel that does not tell its size. */
const UNKNOWN_FACTOR = 5n;

/** A zImage unpacks itself in front of or over itself; then it first moves out of its own way, behind the kernel. */
function unpackingRoom({ size, kernel }: ZImage): bigint {
  if (kernel === null) return pageAlign(BigInt(size)) * UNKNOWN_FACTOR;
  return MAX_TEXT_OFFSET + pageAlign(BigInt(kernel.size + kernel.bssSize + size)) + UNPACKER_ROOM;
}

/** Linux, Documentation/arch/arm/booting.rst. */
export const armVariant: ArmVariant<ZImage> = {
  architecture: 'arm',
  narrow: (request) => withFormat(request, 'zImage'),
  placeOf: (image) => ({
    alignment: 0x1000n,
    offset: 0n,
    upstreamOffset: 0n,
    runSize: unpackingRoom(image),
    usesMemoryBelow: false,
    ramUnit: 128n * MIB,
    addressLimit: 1n << 32n,
    dtbLimit: null,
    window: null,
  }),
};
