import type { DescribedArmKernel } from './arm-kernel.ts';
import { hex } from '../base/address.ts';
import { configText } from './kernel-config-text.ts';
import { wrappingText } from './kernel-contents-text.ts';
import { fact, indented } from './layout.ts';

function formatLines(kernel: DescribedArmKernel): string[] {
  if (kernel.kind === 'Image') {
    const { pageSize } = kernel;
    return [
      ...fact('text_offset', kernel.text_offset),
      ...fact('image_size', kernel.image_size),
      ...fact('flags', kernel.flags),
      ...fact('endianness', kernel.bigEndian ? 'big' : 'little'),
      ...fact('page size', pageSize === null ? 'not told' : `${pageSize} bytes`),
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
  return contents === null ? 'not told' : `${contents.size} bytes`;
}

export function armKernelLines(kernel: DescribedArmKernel): string[] {
  return [
    kernel.kind === 'Image' ? 'arm64 Image' : 'arm zImage',
    ...indented([
      ...fact('version', kernel.version ?? 'not told'),
      ...fact('wrapped in', wrappingText(kernel.wrapping)),
      ...fact('size', `${kernel.size} bytes`),
      ...formatLines(kernel),
      ...fact('kernel config', configText(kernel)),
    ]),
  ];
}
