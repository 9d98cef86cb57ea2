import { endOf, type AddressRange } from '../../base/ranges.ts';
import { describeSize } from '../../base/address.ts';
import { InputError, type ManifestPath } from '../../base/diagnostic.ts';
import type { CellConfig } from '../../formats/cell/types.ts';
import { encodeDtb } from '../../formats/dtb/encode.ts';
import type { DeviceTree } from '../../formats/dtb/types.ts';
import { findFits, shortfalls, type Shortfall, type Wish } from '../fit.ts';
import { LOAD_REFUSED, LOADABLE_FIX, NO_SPACE, RAM_FLAGS_FIX } from '../regions.ts';
import { loaderOf, type ArmLayout } from './layout.ts';
import type { ArmImage, ArmRequest, ArmVariant, KernelPlace } from './protocols.ts';
import { editForBoot, withoutLeftovers } from './tree.ts';

/** What an error says of the part that does not fit. */
interface Wanted extends Wish {
  what: string;
  path: ManifestPath;
  fix: string;
  /** Whether upstream's tool counts it before it loads anything. */
  isCounted: boolean;
}

/** What is seen where nothing has room for a part: upstream's tool looks for RAM, `cell load` for LOADABLE. */
function sequel({ fix, isCounted }: Wanted, refused: readonly Shortfall[]): { symptom: string; fix: string } {
  const has = (kind: Shortfall['lacks']): boolean => refused.some(({ lacks }) => lacks === kind);
  if (has('room')) return { symptom: LOAD_REFUSED, fix };
  if (has('loadable')) return { symptom: LOAD_REFUSED, fix: LOADABLE_FIX };
  if (has('ram')) return { symptom: NO_SPACE, fix: RAM_FLAGS_FIX };
  return { symptom: isCounted ? NO_SPACE : LOAD_REFUSED, fix };
}

/**
 * The lowest place for a part in the cell's loadable RAM, at or above its `from`; else, if `below` is set, the lowest
 * of all.
 *
 * @throws InputError `placement/no-space`
 */
function placeFor(
  cell: CellConfig,
  wanted: Wanted,
  taken: readonly AddressRange[],
  below: boolean,
): AddressRange {
  const { what, size, path } = wanted;
  const fits = findFits(cell, wanted, taken);
  const [found] = fits.length === 0 && below ? findFits(cell, { ...wanted, from: 0n }, taken) : fits;
  if (found !== undefined) return found;
  const refused = shortfalls(cell, wanted, null);
  throw new InputError(
    'placement/no-space',
    `the ${what} (${describeSize(size)}) does not fit into any loadable RAM region: ${refused.map(({ text }) => text).join('; ') || 'the cell has no such region'}`,
    { requested: `${describeSize(size)} in one loadable RAM region`, ...sequel(wanted, refused), path },
  );
}

const kernelWish = (size: bigint, { alignment, offset, runSize }: KernelPlace): Wanted => ({
  what: 'kernel with its BSS',
  size: runSize > size ? runSize : size,
  from: 0n,
  alignment,
  offset,
  path: ['kernel', 'image'],
  fix: 'give the cell more RAM in one region with READ, WRITE, EXECUTE, DMA and LOADABLE, or build the kernel smaller',
  isCounted: true,
});

const dtbWish = (size: bigint, from: bigint): Wanted => ({
  what: 'device tree',
  size,
  from,
  path: ['dtb'],
  fix: 'give the cell some more RAM',
  isCounted: true,
});

const initrdWish = (size: bigint, from: bigint): Wanted => ({
  what: 'initrd',
  size,
  from,
  path: ['initrd'],
  fix: 'give the cell more RAM in one region, or shrink the initrd',
  isCounted: false,
});

/**
 * Plans from the kernel's own sizes, the initrd's, and the DTB's after editing: the kernel as low as the loader lets
 * it, then DTB and initrd, in any loadable RAM regions.
 *
 * @throws InputError `placement/release`, `placement/no-space`, `dtb/cells`
 */
export function placeExact<Image extends ArmImage>(
  request: ArmRequest<Image>,
  variant: ArmVariant<Image>,
  given: DeviceTree,
): ArmLayout {
  const { cell, kernel, initrdSize, cmdline } = request;
  const { abi, loader } = loaderOf(cell, variant.architecture);
  const place = variant.placeOf(kernel.image);
  const tree = withoutLeftovers(given, initrdSize !== null);
  const edited = (initrd: AddressRange | null): Uint8Array =>
    encodeDtb(editForBoot(tree, { cell, cmdline, initrd, roundsInitrdEnd: false }));
  // Addresses have a fixed width, so any initrd gives the DTB's size.
  const dtbSize = edited(initrdSize === null ? null : { start: 0n, size: 0n }).length;

  const size = BigInt(kernel.image.size);
  const runArea = placeFor(cell, kernelWish(size, place), [loader], false);
  const from = endOf(runArea);
  const params = placeFor(cell, dtbWish(BigInt(dtbSize), from), [loader, runArea], place.usesMemoryBelow);
  const taken = [loader, runArea, params];
  const initrd =
    initrdSize === null ? null : placeFor(cell, initrdWish(initrdSize, from), taken, place.usesMemoryBelow);
  return {
    abi,
    loader,
    kernel: { start: runArea.start, size },
    runArea,
    place,
    initrd,
    params,
    dtb: edited(initrd),
  };
}
