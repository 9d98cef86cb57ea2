import { describeSize, hex } from '../base/address.ts';
import { describeRange, rangeTo } from '../base/ranges.ts';
import { nameFlags, type FlagNames } from '../formats/cell/names.ts';
import { formatProtocol, PROTOCOL, type BzImage, type SetupHeader } from '../formats/kernel/bzimage.ts';
import { examineKernel, type ExaminedKernel } from '../formats/kernel/examine.ts';
import { armKernelLines, describeArmKernel } from './arm-kernel.ts';
import { camelcase } from './camelcase.ts';
import { configText, describeConfig, guestText } from './kernel-config.ts';
import { described, fact, flagWords, indented, type Description } from './layout.ts';
import type {
  DescribedArmKernel,
  DescribedKernel,
  DescribedSetupHeader,
  DescribedVmlinux,
} from './schema/kernel.ts';
import { describeVmlinux, vmlinuxLines } from './vmlinux.ts';

// Linux, Documentation/arch/x86/boot.rst.
const LOADFLAGS: FlagNames = {
  loaded_high: 0x01n,
  kaslr: 0x02n,
  quiet: 0x20n,
  keep_segments: 0x40n,
  can_use_heap: 0x80n,
};
const XLOADFLAGS: FlagNames = {
  kernel_64: 0x01n,
  can_be_loaded_above_4g: 0x02n,
  efi_handover_32: 0x04n,
  efi_handover_64: 0x08n,
  efi_kexec: 0x10n,
  '5level': 0x20n,
  '5level_enabled': 0x40n,
};

/** Fields whose value is an address, an offset in the file, or bits. */
const IN_HEX = [
  'root_flags',
  'vid_mode',
  'root_dev',
  'boot_flag',
  'version',
  'realmode_swtch',
  'kernel_version',
  'type_of_loader',
  'code32_start',
  'ramdisk_image',
  'bootsect_kludge',
  'heap_end_ptr',
  'cmd_line_ptr',
  'initrd_addr_max',
  'kernel_alignment',
  'payload_offset',
  'init_size',
  'handover_offset',
  'kernel_info_offset',
] as const satisfies (keyof SetupHeader)[];

/** The whole setup_header in its order. */
export function describeSetupHeader(header: SetupHeader): DescribedSetupHeader {
  const hexed = Object.fromEntries(IN_HEX.map((name) => [name, hex(header[name])]));
  return camelcase({
    ...header,
    ...(hexed as Record<(typeof IN_HEX)[number], string>),
    header: Buffer.from(header.header).toString('latin1'),
    loadflags: nameFlags(LOADFLAGS, header.loadflags),
    xloadflags: nameFlags(XLOADFLAGS, header.xloadflags),
  });
}

function describeBzImage(
  { contents }: ExaminedKernel,
  { header, protocol, ...image }: BzImage,
  config: DescribedKernel['config'],
): DescribedKernel {
  const start = header.pref_address;
  return {
    kind: 'bzImage',
    version: image.version,
    protocol: formatProtocol(protocol),
    newerProtocol: protocol > PROTOCOL.newest,
    size: image.size,
    setupSize: image.setupSize,
    is64Bit: image.is64Bit,
    runArea: protocol >= PROTOCOL.prefAddress ? { start, end: start + BigInt(header.init_size) } : null,
    payload: image.payload,
    contents,
    config,
    setupHeader: describeSetupHeader(header),
  };
}

/** @throws InputError as `examineKernel` does */
export async function describeKernel(
  file: Uint8Array,
): Promise<Description<DescribedKernel> | Description<DescribedArmKernel> | Description<DescribedVmlinux>> {
  const kernel = await examineKernel(file);
  const { config, diagnostics } = describeConfig(kernel);
  const { image } = kernel;
  switch (image.format) {
    case 'bzImage':
      return described(describeBzImage(kernel, image, config), kernelLines, diagnostics);
    case 'Image':
    case 'zImage':
      return described(describeArmKernel(kernel, image, config), armKernelLines, diagnostics);
    case 'vmlinux':
      return described(describeVmlinux(kernel, image, config), vmlinuxLines, diagnostics);
  }
}

const SECTOR = 512;

const sizeText = (bytes: number): string => `${bytes} bytes`;

const PACKING: Readonly<Record<string, string>> = { unknown: 'unknown compression', none: 'not compressed' };

function payloadText({ payload }: DescribedKernel): string {
  if (payload === null) return 'not given by this boot protocol';
  const { compression, length, offset } = payload;
  const packing = PACKING[compression] ?? compression;
  return `${packing}, ${sizeText(length)} at offset ${hex(offset)}`;
}

/** Where the kernel runs; boot protocols below 2.10 do not say. */
function addressLines({ runArea, setupHeader: header }: DescribedKernel): string[] {
  if (runArea === null) return fact('pref_address', 'not given by this boot protocol');
  return [
    ...fact('pref_address', hex(runArea.start)),
    ...fact('init_size', `${header.initSize}, ${describeSize(runArea.end - runArea.start)}`),
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

function kernelLines(kernel: DescribedKernel): string[] {
  const { setupHeader: header, setupSize, is64Bit } = kernel;
  return [
    'bzImage',
    ...indented([
      ...fact('version', kernel.version ?? 'unknown'),
      ...fact(
        'boot protocol',
        `${kernel.protocol}${kernel.newerProtocol ? ', newer than 2.15, and read as 2.15' : ''}`,
      ),
      ...fact('64-bit entry', is64Bit === null ? 'not given by this boot protocol' : is64Bit ? 'yes' : 'no'),
      ...fact('file size', sizeText(kernel.size)),
      ...fact('setup part', `${sizeText(setupSize)} (${setupSize / SECTOR} sectors)`),
      ...addressLines(kernel),
      ...fact('kernel_alignment', header.kernelAlignment),
      ...fact('relocatable', header.relocatableKernel === 0 ? 'no' : 'yes'),
      ...fact('initrd_addr_max', header.initrdAddrMax),
      ...fact('cmdline_size', `${header.cmdlineSize}`),
      ...fact('loadflags', flagWords(header.loadflags)),
      ...fact('xloadflags', flagWords(header.xloadflags)),
      ...fact('payload', payloadText(kernel)),
      ...contentsLines(kernel),
      ...fact('kernel config', configText(kernel)),
    ]),
  ];
}
