import type { Arm64Image } from '../formats/kernel/arm64-image.ts';
import type { ZImage } from '../formats/kernel/zimage.ts';
import { hex } from '../base/address.ts';
import type { ExaminedKernel } from '../formats/kernel/examine.ts';
import { describeConfig } from './kernel-config.ts';

const describeImage = (image: Arm64Image) => ({
  kind: 'Image' as const,
  version: image.version,
  size: image.size,
  text_offset: hex(image.header.text_offset),
  image_size: hex(image.header.image_size),
  flags: hex(image.header.flags),
  bigEndian: image.bigEndian,
  pageSize: image.pageSize,
  placedAnywhere: image.placedAnywhere,
});

const describeZImage = ({ packed, contents }: ExaminedKernel, image: ZImage) => ({
  kind: 'zImage' as const,
  version: contents && contents.banner,
  size: image.size,
  imageSize: image.imageSize,
  appendedDtb: image.appendedDtb,
  payload: packed,
  /** As the header tells; `null` below Linux 4.15, which does not say. */
  unpacked: image.kernel && { size: image.kernel.size, bssSize: image.kernel.bssSize },
});

export function describeArmKernel(kernel: ExaminedKernel, image: Arm64Image | ZImage) {
  return {
    ...(image.format === 'Image' ? describeImage(image) : describeZImage(kernel, image)),
    wrapping: kernel.wrapping,
    contents: kernel.contents,
    config: describeConfig(kernel),
  };
}

export type DescribedArmKernel = ReturnType<typeof describeArmKernel>;
