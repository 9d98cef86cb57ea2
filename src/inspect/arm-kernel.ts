import { hex } from '../base/address.ts';
import type { Arm64Image } from '../formats/kernel/arm64-image.ts';
import type { ExaminedKernel } from '../formats/kernel/examine.ts';
import type { ZImage } from '../formats/kernel/zimage.ts';
import { configText, wrappingText } from './kernel-config.ts';
import { fact, indented } from './layout.ts';
import type { DescribedArmKernel } from './schema/kernel.ts';

const describeImage = (image: Arm64Image) => ({
  kind: 'Image' as const,
  version: image.version,
  size: image.size,
  textOffset: hex(image.header.text_offset),
  imageSize: hex(image.header.image_size),
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
  unpacked: image.kernel && { size: image.kernel.size, bssSize: image.kernel.bssSize },
});

export const describeArmKernel = (
  kernel: ExaminedKernel,
  image: Arm64Image | ZImage,
  config: DescribedArmKernel['config'],
): DescribedArmKernel => ({
  ...(image.format === 'Image' ? describeImage(image) : describeZImage(kernel, image)),
  wrapping: kernel.wrapping,
  contents: kernel.contents,
  config,
});

function formatLines(kernel: DescribedArmKernel): string[] {
  if (kernel.kind === 'Image') {
    const { pageSize } = kernel;
    return [
      ...fact('text_offset', kernel.textOffset),
      ...fact('image_size', kernel.imageSize),
      ...fact('flags', kernel.flags),
      ...fact('endianness', kernel.bigEndian ? 'big' : 'little'),
      ...fact('page size', pageSize === null ? 'unknown' : `${pageSize} bytes`),
      ...fact('memory below it', kernel.placedAnywhere ? 'usable' : 'lost'),
    ];
  }
  const { unpacked, payload } = kernel;
  return [
    ...fact('zImage', `${kernel.imageSize} bytes`),
    ...fact('appended DTB', kernel.appendedDtb ? 'yes' : null),
    ...fact(
      'payload',
      payload && `${payload.compression}, ${payload.length} bytes at offset ${hex(payload.offset)}`,
    ),
    ...fact('unpacked', unpackedText(kernel.contents, unpacked)),
  ];
}

function unpackedText(
  contents: DescribedArmKernel['contents'],
  told: { size: number; bssSize: number } | null,
): string {
  if (told !== null) return `${told.size} bytes, and ${told.bssSize} bytes of BSS`;
  return contents === null ? 'unknown' : `${contents.size} bytes`;
}

export function armKernelLines(kernel: DescribedArmKernel): string[] {
  return [
    kernel.kind === 'Image' ? 'arm64 Image' : 'arm zImage',
    ...indented([
      ...fact('version', kernel.version ?? 'unknown'),
      ...fact('wrapped in', wrappingText(kernel.wrapping)),
      ...fact('size', `${kernel.size} bytes`),
      ...formatLines(kernel),
      ...fact('kernel config', configText(kernel)),
    ]),
  ];
}
