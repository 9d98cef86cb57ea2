import { InputError, type Diagnostic } from '../diagnostic.ts';
import { formatProtocol, PROTOCOL, type BzImage } from './bzimage.ts';
import { extractKernelConfig, type EmbeddedConfig } from './ikconfig.ts';
import type { KernelImage } from './image.ts';
import { openKernel, type OpenedKernel } from './open.ts';
import type { ZImage } from './zimage.ts';

/** A kernel file, looked through once; many cells may share it. */
export interface ExaminedKernel extends OpenedKernel {
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
      message: `boot protocol ${formatProtocol(protocol)} is newer than ${formatProtocol(PROTOCOL.newest)}; its header is read as that`,
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
      hint: 'give the zImage as the kernel build made it',
      path: ['kernel', 'image'],
    },
  ];
}

function notesOf(image: KernelImage): Diagnostic[] {
  switch (image.format) {
    case 'bzImage':
      return newerProtocol(image);
    case 'Image':
      return [];
    case 'zImage':
      return appendedDtb(image);
  }
}

/**
 * Reads what a kernel file says of itself.
 *
 * @throws InputError as {@link openKernel} does
 */
export async function examineKernel(file: Uint8Array): Promise<ExaminedKernel> {
  const kernel = await openKernel(file);
  const { image } = kernel;
  let embedded: ExaminedKernel['embedded'];
  try {
    embedded = await extractKernelConfig(kernel.file, image);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    embedded = error;
  }
  return { ...kernel, embedded, notes: notesOf(image) };
}
