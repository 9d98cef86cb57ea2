import { describeSize, hex } from '../base/address.ts';
import { describeRange, rangeTo } from '../base/ranges.ts';
import { flagWords } from './words.ts';
import type { DescribedKernel } from './kernel.ts';
import { configText } from './kernel-config-text.ts';
import { guestText } from './kernel-contents-text.ts';
import { fact, indented } from './layout.ts';

const SECTOR = 512;

const sizeText = (bytes: number): string => `${bytes} bytes`;

const PACKING: Readonly<Record<string, string>> = { unknown: 'unknown compression', none: 'not compressed' };

function payloadText({ payload }: DescribedKernel): string {
  if (payload === null) return 'not told by this boot protocol';
  const { compression, length, offset } = payload;
  const packing = PACKING[compression] ?? compression;
  return `${packing}, ${sizeText(length)} at offset ${hex(offset)}`;
}

/** Where the kernel runs; boot protocols below 2.10 do not say. */
function addressLines({ runArea, setup_header: header }: DescribedKernel): string[] {
  if (runArea === null) return fact('pref_address', 'not told by this boot protocol');
  return [
    ...fact('pref_address', hex(runArea.start)),
    ...fact('init_size', `${header.init_size}, ${describeSize(runArea.end - runArea.start)}`),
    ...fact('run area', describeRange(rangeTo(runArea.start, runArea.end))),
  ];
}

/** What the unpacked kernel shows; why it is out of reach is told with the config. */
function contentsLines({ contents }: DescribedKernel): string[] {
  if (contents === null) return [];
  return [
    ...fact('unpacked', sizeText(contents.size)),
    ...fact('banner', contents.banner ?? 'none'),
    ...fact('guest support', guestText(contents)),
  ];
}

export function kernelLines(kernel: DescribedKernel): string[] {
  const { setup_header: header, setupSize, is64Bit } = kernel;
  return [
    'bzImage',
    ...indented([
      ...fact('version', kernel.version ?? 'not told'),
      ...fact(
        'boot protocol',
        `${kernel.protocol}${kernel.newerProtocol ? ', newer than 2.15 and read as that' : ''}`,
      ),
      ...fact('64-bit entry', is64Bit === null ? 'not told by this boot protocol' : is64Bit ? 'yes' : 'no'),
      ...fact('file size', sizeText(kernel.size)),
      ...fact('setup part', `${sizeText(setupSize)} (${setupSize / SECTOR} sectors)`),
      ...addressLines(kernel),
      ...fact('kernel_alignment', header.kernel_alignment),
      ...fact('relocatable', header.relocatable_kernel === 0 ? 'no' : 'yes'),
      ...fact('initrd_addr_max', header.initrd_addr_max),
      ...fact('cmdline_size', `${header.cmdline_size}`),
      ...fact('loadflags', flagWords(header.loadflags)),
      ...fact('xloadflags', flagWords(header.xloadflags)),
      ...fact('payload', payloadText(kernel)),
      ...contentsLines(kernel),
      ...fact('kernel config', configText(kernel)),
    ]),
  ];
}
