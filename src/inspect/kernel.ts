import { hex } from '../base/address.ts';
import { formatProtocol, PROTOCOL, type BzImage, type SetupHeader } from '../formats/kernel/bzimage.ts';
import { examineKernel, type ExaminedKernel } from '../formats/kernel/examine.ts';
import { nameFlags, type FlagNames } from '../formats/cell/names.ts';
import { describeArmKernel, type DescribedArmKernel } from './arm-kernel.ts';
import { describeConfig } from './kernel-config.ts';
import { describeVmlinux, type DescribedVmlinux } from './vmlinux.ts';

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

/** The whole setup_header by its names in Linux's header, in its order. */
export function describeSetupHeader(header: SetupHeader) {
  const hexed = Object.fromEntries(IN_HEX.map((name) => [name, hex(header[name])]));
  return {
    ...header,
    ...(hexed as Record<(typeof IN_HEX)[number], string>),
    header: Buffer.from(header.header).toString('latin1'),
    loadflags: nameFlags(LOADFLAGS, header.loadflags),
    xloadflags: nameFlags(XLOADFLAGS, header.xloadflags),
  };
}

function describeBzImage(kernel: ExaminedKernel, image: BzImage) {
  const { header, protocol } = image;
  const start = header.pref_address;
  return {
    kind: 'bzImage' as const,
    version: image.version,
    protocol: formatProtocol(protocol),
    newerProtocol: protocol > PROTOCOL.newest,
    size: image.size,
    setupSize: image.setupSize,
    is64Bit: image.is64Bit,
    /** Memory that the kernel unpacks itself in; `null` below protocol 2.10, which does not say. */
    runArea: protocol >= PROTOCOL.prefAddress ? { start, end: start + BigInt(header.init_size) } : null,
    payload: image.payload,
    contents: kernel.contents,
    config: describeConfig(kernel),
    setup_header: describeSetupHeader(header),
  };
}

/** @throws InputError as `examineKernel` does */
export async function describeKernel(file: Uint8Array): Promise<AnyKernel> {
  const kernel = await examineKernel(file);
  const { image } = kernel;
  switch (image.format) {
    case 'bzImage':
      return describeBzImage(kernel, image);
    case 'Image':
    case 'zImage':
      return describeArmKernel(kernel, image);
    case 'vmlinux':
      return describeVmlinux(kernel, image);
  }
}

type AnyKernel = DescribedKernel | DescribedArmKernel | DescribedVmlinux;

export type DescribedKernel = ReturnType<typeof describeBzImage>;
