import { describeSize, endOf, type AddressRange } from '../../base/address.ts';
import { InputError, type ManifestPath } from '../../base/diagnostic.ts';
import { encodeDtb } from '../../formats/dtb/encode.ts';
import type { DeviceTree } from '../../formats/dtb/types.ts';
import { lowestFit, shortfalls, type Wish } from '../fit.ts';
import { findContests } from '../regions.ts';
import { loaderOf, type ArmLayout } from './layout.ts';
import type { ArmImage, ArmRequest, ArmVariant, KernelPlace } from './protocols.ts';
import { editForBoot, withoutLeftovers } from './tree.ts';

/** What an error says of the part that does not fit. */
interface Wanted extends Wish {
  what: string;
  path: ManifestPath;
  fix: string;
}

/** Takes one place after another in a cell's loadable RAM. */
class Places {
  readonly #request: ArmRequest;
  readonly #taken: AddressRange[];

  constructor(request: ArmRequest, loader: AddressRange) {
    this.#request = request;
    const { cell } = request;
    this.#taken = [loader, ...findContests(cell).map(({ range }) => range)];
  }

  #fit(wish: Wish): AddressRange | null {
    return lowestFit(this.#request.cell, wish, this.#taken);
  }

  /**
   * The lowest place at or above the wish's `from`; else, if `below` is set, the lowest of all.
   *
   * @throws InputError `placement/no-space`
   */
  take(wanted: Wanted, below: boolean): AddressRange {
    const { what, size, from, path, fix } = wanted;
    const found = this.#fit(wanted) ?? (below ? this.#fit({ ...wanted, from: 0n }) : null);
    if (found !== null) {
      this.#taken.push(found);
      return found;
    }
    const reasons = shortfalls(this.#request.cell, { from, size }, null).map(({ text }) => text);
    throw new InputError(
      'placement/no-space',
      `the ${what} (${describeSize(size)}) fits into no loadable RAM region: ${reasons.join('; ') || 'the cell has none there'}`,
      {
        requested: `${describeSize(size)} in one loadable RAM region`,
        symptom: 'JAILHOUSE_CELL_LOAD: Invalid argument',
        fix,
        path,
      },
    );
  }
}

const kernelWish = (size: bigint, { alignment, offset, runSize }: KernelPlace): Wanted => ({
  what: 'kernel with its BSS',
  size: runSize > size ? runSize : size,
  from: 0n,
  alignment,
  offset,
  path: ['kernel', 'image'],
  fix: 'give the cell more RAM in one region with READ, WRITE, EXECUTE, DMA and LOADABLE, or build the kernel smaller',
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

  const places = new Places(request, loader);
  const size = BigInt(kernel.image.size);
  const runArea = places.take(kernelWish(size, place), false);
  const behind = { from: endOf(runArea) };
  const dtb = places.take(
    {
      what: 'device tree',
      size: BigInt(dtbSize),
      ...behind,
      path: ['dtb'],
      fix: 'give the cell some more RAM',
    },
    place.usesMemoryBelow,
  );
  const initrd =
    initrdSize === null
      ? null
      : places.take(
          {
            what: 'initrd',
            size: initrdSize,
            ...behind,
            path: ['initrd'],
            fix: 'give the cell more RAM in one region, or shrink the initrd',
          },
          place.usesMemoryBelow,
        );
  return {
    abi,
    loader,
    kernel: { start: runArea.start, size },
    runArea,
    place,
    initrd,
    dtb,
    params: edited(initrd),
  };
}
