import { hex } from '../base/address.ts';
import { failure, type Diagnostic } from '../base/diagnostic.ts';
import { describeRange, type AddressRange } from '../base/ranges.ts';
import type { CellConfig } from '../formats/cell/types.ts';
import { LOAD_REFUSED, whyNotLoadable } from '../placement/regions.ts';
import { painted, type Piece } from './paint.ts';
import { qemuAddress, type PlacedCell } from './place.ts';
import type { BoxImage } from './types.ts';

const rangeOf = ({ address, size }: BoxImage): AddressRange => ({ start: address, size: BigInt(size) });

/** The first image that `jailhouse cell load` would not take; `null` if it takes all. */
export function refusedImage(cell: CellConfig, load: readonly BoxImage[]): Diagnostic | null {
  for (const image of load) {
    const range = rangeOf(image);
    const refusal = whyNotLoadable(cell, range);
    if (refusal === null) continue;
    return failure(
      'boot/refused',
      `\`jailhouse cell load\` would refuse the ${image.role} at ${describeRange(range)}: ${refusal.text}`,
      {
        symptom: LOAD_REFUSED,
        fix: 'check the manifest or the files (`jailhouse-bundle check`): it says where the images can go',
      },
    );
  }
  return null;
}

/** The images as they are in QEMU's memory after `jailhouse cell load`: in its order, the later over the earlier. */
export const paintImages = (
  cell: CellConfig,
  placed: PlacedCell,
  load: readonly BoxImage[],
): Piece<BoxImage>[] =>
  painted(
    load.flatMap((image) => {
      const start = qemuAddress(placed, cell.memoryRegions, image.address);
      return start === null ? [] : [{ range: { start, size: BigInt(image.size) }, of: image }];
    }),
  );

/** `kernel-0x1000`: a name for the file of a piece, unique in its cell. */
export const pieceName = ({ of: { role, address }, offset }: Piece<BoxImage>): string =>
  `${role}-${hex(address + offset)}`;
