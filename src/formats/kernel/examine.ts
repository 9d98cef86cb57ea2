import { type Diagnostic, failure, InputError, inputErrorOf } from '../../base/diagnostic.ts';
import { formatProtocol, PROTOCOL, type BzImage } from './bzimage.ts';
import { readContents, type KernelContents } from './contents.ts';
import { findKernelConfig, type EmbeddedConfig } from './ikconfig.ts';
import type { KernelImage } from './recognise.ts';
import { openKernel, type OpenedKernel } from './open.ts';
import type { Packed } from './packed.ts';
import { unpackPayload } from './payload.ts';
import type { Vmlinux } from './vmlinux.ts';
import type { ZImage } from './zimage.ts';

/** A kernel file, looked through once; many cells may share it. It does not keep the file in memory. */
export interface ExaminedKernel extends Omit<OpenedKernel, 'file'> {
  /** The bytes that are loaded, where the file holds them in another form; `null`: they are the file, or nothing is. */
  unwrapped: Uint8Array | null;
  /** The packed kernel inside the image; `null`: it is not packed, or out of reach. */
  packed: Packed | null;
  /** Of the unpacked kernel; `null` where that is out of reach or damaged. */
  contents: KernelContents | null;
  /** Its IKCONFIG, why there is none, or what is wrong with it. */
  embedded: EmbeddedConfig | InputError;
  notes: Diagnostic[];
}

function newerProtocol({ protocol }: BzImage): Diagnostic[] {
  if (protocol <= PROTOCOL.newest) return [];
  return [
    {
      code: 'kernel/newer-protocol',
      severity: 'info',
      message: `boot protocol ${formatProtocol(protocol)} is newer than ${formatProtocol(PROTOCOL.newest)}; its header is read as that version`,
      path: ['kernel', 'image'],
    },
  ];
}

function appendedDtb({ appendedDtb: isAppended }: ZImage): Diagnostic[] {
  if (!isAppended) return [];
  return [
    {
      code: 'kernel/appended-dtb',
      severity: 'warning',
      message:
        'a device tree is appended to the zImage; with CONFIG_ARM_APPENDED_DTB the kernel takes it instead of the cell’s',
      fix: 'give the zImage as the kernel build made it',
      path: ['kernel', 'image'],
    },
  ];
}

function notLoadable({ architecture }: Vmlinux): Diagnostic {
  const bootable = { x86: 'bzImage', arm64: 'Image', arm: 'zImage' }[architecture];
  return failure('kernel/not-loadable', 'the kernel is a vmlinux, which no loader of Jailhouse starts', {
    requested: bootable,
    actual: 'vmlinux (ELF)',
    fix: `give the ${bootable} of the same kernel build`,
    path: ['kernel', 'image'],
  });
}

function notesOf(image: KernelImage): Diagnostic[] {
  switch (image.format) {
    case 'bzImage':
      return newerProtocol(image);
    case 'Image':
      return [];
    case 'zImage':
      return appendedDtb(image);
    case 'vmlinux':
      return [notLoadable(image)];
  }
}

type PayloadFacts = Pick<ExaminedKernel, 'packed' | 'contents' | 'embedded'>;

/** The unpacked kernel is looked through, and let go. */
async function readPayload({ file, image }: OpenedKernel): Promise<PayloadFacts> {
  let facts: Pick<PayloadFacts, 'packed' | 'contents'> = { packed: null, contents: null };
  try {
    const payload = await unpackPayload(file, image);
    if (payload.kind !== 'unpacked') return { ...facts, embedded: payload };
    facts = { packed: payload.packed, contents: readContents(payload.bytes) };
    return { ...facts, embedded: findKernelConfig(payload.bytes) };
  } catch (error) {
    return { ...facts, embedded: inputErrorOf(error) };
  }
}

/**
 * Reads what a kernel file says of itself.
 *
 * @throws InputError as {@link openKernel} does
 */
export async function examineKernel(file: Uint8Array): Promise<ExaminedKernel> {
  const kernel = await openKernel(file);
  const { image, architecture, wrapping } = kernel;
  const unwrapped = wrapping === null || image.format === 'vmlinux' ? null : kernel.file;
  return { image, architecture, wrapping, unwrapped, ...(await readPayload(kernel)), notes: notesOf(image) };
}
