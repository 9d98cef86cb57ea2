import { hex, PAGE_SIZE } from '../base/address.ts';
import { MEMORY_FLAGS } from '../formats/cell/names.ts';
import type { MemoryRegion } from '../formats/cell/records.ts';
import type { LinkKind } from '../manifest/wish/schema.ts';

/** Protocols of both ends, and the MSI-X vectors of an x86 device (Jailhouse, configs and ivshmem specification). */
export const KINDS: Readonly<Record<LinkKind, { near: number; far: number; vectors: number }>> = {
  net: { near: 0x1, far: 0x1, vectors: 2 },
  block: { near: 0x8002, far: 0xc002, vectors: 2 },
  console: { near: 0x8003, far: 0xc003, vectors: 3 },
  undefined: { near: 0x0, far: 0x0, vectors: 16 },
  custom: { near: 0x4000, far: 0x4000, vectors: 16 },
};

const CUSTOM = { first: 0x4000, last: 0x7fff };

/** Whether a device speaks what one of the two ends of the link speaks. */
export const speaks = (kind: LinkKind, protocol: number): boolean =>
  kind === 'custom'
    ? protocol >= CUSTOM.first && protocol <= CUSTOM.last
    : [KINDS[kind].near, KINDS[kind].far].includes(protocol);

/** What the other end of a device speaks. */
export function answerTo(kind: LinkKind, protocol: number): number {
  const { near, far } = KINDS[kind];
  if (kind === 'custom') return protocol;
  return protocol === far ? near : far;
}

/** What the other end of a device with this protocol is called in a wish. */
export const kindOf = (protocol: number): string =>
  Object.keys(KINDS).find((kind) => speaks(kind as LinkKind, protocol)) ?? hex(protocol);

/** Sizes of the sections: state table, common section, one output section for each of two peers. */
export function sectionSizes(kind: LinkKind, size: bigint): bigint[] {
  const rest = size - PAGE_SIZE;
  const half = (rest / 2n) & -PAGE_SIZE;
  if (kind === 'net') return [PAGE_SIZE, 0n, half, half];
  if (kind === 'block' || kind === 'console') return [PAGE_SIZE, rest, 0n, 0n];
  const output = (rest / 4n) & -PAGE_SIZE;
  return [PAGE_SIZE, rest - 2n * output, output, output];
}

/** Whether sections are what a link of this size has; those of the same size leave a page over. */
export const haveSize = (kind: LinkKind, regions: readonly MemoryRegion[], size: bigint): boolean => {
  const total = regions.reduce((sum, each) => sum + each.size, 0n);
  return total === size || total === sectionSizes(kind, size).reduce((sum, each) => sum + each, 0n);
};

export const USUAL_SIZE = 1n << 20n;
/** Each section has a page. */
export const LEAST_SIZE = 5n * PAGE_SIZE;
export const PEERS = 2;

const SHARED = MEMORY_FLAGS.read | MEMORY_FLAGS.rootshared;

/** A section as one of the peers has it: everybody writes the common one and their own. */
function sectionFlags(at: number, id: number): bigint {
  const isWritten = at === 1 || at === id + 2;
  return isWritten ? SHARED | MEMORY_FLAGS.write : SHARED;
}

const EMPTY: MemoryRegion = { phys_start: 0n, virt_start: 0n, size: 0n, flags: 0n };

export const region = (start: bigint, size: bigint, at: number, id: number): MemoryRegion =>
  size === 0n ? EMPTY : { phys_start: start, virt_start: start, size, flags: sectionFlags(at, id) };

export function newRegions(start: bigint, sizes: readonly bigint[], id: number): MemoryRegion[] {
  let next = start;
  return sizes.map((size, at) => region((next += size) - size, size, at, id));
}
