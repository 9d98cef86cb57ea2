import type { DescribedArmKernel } from './arm-kernel.ts';
import { configText } from './kernel-config-text.ts';
import { fact, indented } from './layout.ts';

const WRAPPINGS = { gzip: 'gzip', zboot: 'an EFI zboot image' } as const;

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
  const { unpacked } = kernel;
  return [
    ...fact('zImage', `${kernel.imageSize} bytes`),
    ...fact('appended DTB', kernel.appendedDtb ? 'yes' : null),
    ...fact(
      'unpacked',
      unpacked === null ? 'not told' : `${unpacked.size} bytes, and ${unpacked.bssSize} bytes of BSS`,
    ),
  ];
}

export function armKernelLines(kernel: DescribedArmKernel): string[] {
  const { wrapping } = kernel;
  return [
    kernel.kind === 'Image' ? 'arm64 Image' : 'arm zImage',
    ...indented([
      ...fact('version', kernel.version ?? 'not told'),
      ...fact('wrapped in', wrapping === null ? null : WRAPPINGS[wrapping]),
      ...fact('size', `${kernel.size} bytes`),
      ...formatLines(kernel),
      ...fact('kernel config', configText(kernel)),
    ]),
  ];
}
