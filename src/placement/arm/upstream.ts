import type { AddressRange } from '../../base/ranges.ts';
import { alignUp, describeSize, PAGE_SIZE, pageAlign } from '../../base/address.ts';
import { isRam } from '../../formats/cell/memory.ts';
import { InputError } from '../../base/diagnostic.ts';
import { encodeDtb } from '../../formats/dtb/encode.ts';
import type { DeviceTree } from '../../formats/dtb/types.ts';
import { describeShortfalls } from '../fit.ts';
import { NO_SPACE } from '../regions.ts';
import { jailhouseText } from '../../formats/cell/layout-ids.ts';
import { loaderOf, type ArmLayout } from './layout.ts';
import type { ArmImage, ArmRequest, ArmVariant } from './protocols.ts';
import { editForBoot } from './tree.ts';

/** Where upstream puts the DTB if the region starts at 0. */
const DTB_AT_ZERO = 0x2000n;
/** What upstream adds to the need, whatever it is for. */
const SPARE = 0x2000n;

/** @throws InputError `placement/no-space` */
function chooseRegion({ cell }: ArmRequest, need: bigint): AddressRange {
  const region = cell.memoryRegions.find((candidate) => isRam(candidate) && candidate.size >= need);
  if (region !== undefined) return { start: region.virt_start, size: region.size };
  throw new InputError(
    'placement/no-space',
    `no RAM region has the ${describeSize(need)} that kernel, device tree and initrd need together: ${describeShortfalls(cell, { from: 0n, size: need }) || 'the cell has no RAM'}`,
    {
      requested: `${describeSize(need)} in one RAM region`,
      symptom: NO_SPACE,
      fix: 'use `placement: exact`, which needs less memory and uses several regions, or enlarge the region',
      path: ['cell'],
    },
  );
}

/** @throws InputError `kernel/wrapped` if the release's tool would load the file as it is */
function checkWrapping({ cell, kernel }: ArmRequest, unpacksGzip: boolean): void {
  if (kernel.wrapping === null || (kernel.wrapping === 'gzip' && unpacksGzip)) return;
  throw new InputError(
    'kernel/wrapped',
    `the tool of ${jailhouseText(cell)} does not unpack the kernel (${kernel.wrapping})`,
    {
      requested: 'an arm64 Image',
      actual: kernel.wrapping,
      fix: 'unpack it first, or use `placement: exact`',
      symptom: 'the cell hangs without any output',
      path: ['kernel', 'image'],
    },
  );
}

/**
 * Plans as `jailhouse cell linux` of the cell's release does: DTB, kernel and initrd one after another in the first
 * region that is large enough by its estimate.
 *
 * @throws InputError `placement/release`, `placement/no-space`, `kernel/wrapped`, `dtb/cells`
 */
export function placeUpstream<Image extends ArmImage>(
  request: ArmRequest<Image>,
  variant: ArmVariant<Image>,
  tree: DeviceTree,
  dtbSize: bigint,
): ArmLayout {
  const { cell, kernel, initrdSize, decompressionFactor, cmdline } = request;
  const { abi, loader } = loaderOf(cell, variant.architecture);
  checkWrapping(request, abi.unpacksGzip);
  const place = variant.placeOf(kernel.image);
  const size = BigInt(kernel.image.size);
  const factor = decompressionFactor ? BigInt(decompressionFactor) : abi.kernelFactor;
  const space = pageAlign(size) * (initrdSize === null ? 1n : 1n + factor);
  const dtbSlot = pageAlign(dtbSize) + PAGE_SIZE;

  const { upstreamOffset, alignment } = place;
  const region = chooseRegion(request, upstreamOffset + space + alignment + dtbSlot + SPARE);
  const dtbStart = region.start === 0n ? DTB_AT_ZERO : region.start;
  const start = alignUp(dtbStart + dtbSlot, alignment) + upstreamOffset;
  const initrd = initrdSize === null ? null : { start: start + space, size: initrdSize };
  const dtb = encodeDtb(editForBoot(tree, { cell, cmdline, initrd, roundsInitrdEnd: abi.roundsInitrdEnd }));
  return {
    abi,
    loader,
    kernel: { start, size },
    runArea: { start, size: place.runSize },
    place,
    initrd,
    params: { start: dtbStart, size: BigInt(dtb.length) },
    dtb,
  };
}
