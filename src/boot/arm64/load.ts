import { hex, PAGE_SIZE } from '../../base/address.ts';
import {
  byStart,
  contains,
  endOf,
  overlaps,
  rangeTo,
  uncovered,
  type AddressRange,
} from '../../base/ranges.ts';
import { isLoadable, isRam, virtualRange } from '../../formats/cell/memory.ts';
import type { CellConfig } from '../../formats/cell/types.ts';
import type { BoxImage } from '../types.ts';

const rangeOf = ({ address, size }: BoxImage): AddressRange => ({ start: address, size: BigInt(size) });

const loadableRam = ({ memoryRegions }: CellConfig): AddressRange[] =>
  memoryRegions.filter((region) => isRam(region) && isLoadable(region)).map(virtualRange);

/** The highest page for so many bytes in the largest RAM that has room; `null` if none has. */
function freePlace(ram: readonly AddressRange[], used: readonly AddressRange[], size: bigint): bigint | null {
  const taken = used.toSorted(byStart);
  for (const region of ram.toSorted((a, b) => (a.size > b.size ? -1 : 1))) {
    const gap = uncovered(region, taken).findLast((each) => each.size >= size + PAGE_SIZE);
    if (gap === undefined) continue;
    const last = endOf(gap) - size;
    return last - (last % PAGE_SIZE);
  }
  return null;
}

function withAddress(image: BoxImage, from: bigint, to: bigint): BoxImage {
  if (from === to || image.role !== 'arguments' || !('bytes' in image.content)) return image;
  const before = new TextDecoder('latin1').decode(image.content.bytes);
  const bytes = new TextEncoder().encode(before.replace(`dtb=${hex(from)}`, `dtb=${hex(to)}`));
  return { ...image, size: bytes.length, content: { bytes } };
}

/**
 * The images with another device tree. If it has grown into an image that it did not overlap before, or out of its RAM,
 * it moves to the end of the cell's RAM, and the loader's argument string says so.
 */
export function loadTree(
  cell: CellConfig,
  load: readonly BoxImage[],
  tree: Uint8Array,
): { load: BoxImage[]; moved: string | null } {
  const old = load.find(({ role }) => role === 'params');
  if (old === undefined) return { load: [...load], moved: null };
  const before = rangeOf(old);
  const after = { ...before, size: BigInt(tree.length) };
  const grown = after.size > before.size ? rangeTo(endOf(before), endOf(after)) : null;
  const others = load.filter((image) => image !== old).map(rangeOf);
  const ram = loadableRam(cell);
  const isIn = ram.some((region) => contains(region, after));
  const isFree = !others.some((other) => overlaps(before, other));
  const collides = grown !== null && isFree && (!isIn || others.some((other) => overlaps(grown, other)));
  const place = collides ? freePlace(ram, others, after.size) : null;
  const address = place ?? old.address;
  const images = load.map((image) =>
    image === old
      ? { ...old, address, size: tree.length, content: { bytes: tree } }
      : withAddress(image, old.address, address),
  );
  return {
    load: images,
    moved:
      address === old.address
        ? null
        : `the device tree is at ${hex(address)} instead of ${hex(old.address)}, since it has grown`,
  };
}
