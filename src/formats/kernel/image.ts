import type { Architecture } from '../../base/choices.ts';
import type { Arm64Image } from './arm64-image.ts';
import type { BzImage } from './bzimage.ts';
import type { Vmlinux } from './vmlinux.ts';
import type { ZImage } from './zimage.ts';

/** A kernel file's headers: the formats that the architectures' boot protocols define, and the ELF file behind them. */
export type KernelImage = BzImage | Arm64Image | ZImage | Vmlinux;

export type KernelFormat = KernelImage['format'];

/** A boot protocol belongs to one architecture. */
const ARCHITECTURE_OF: Readonly<Record<Exclude<KernelFormat, 'vmlinux'>, Architecture>> = {
  bzImage: 'x86',
  Image: 'arm64',
  zImage: 'arm',
};

export const architectureOfImage = (image: KernelImage): Architecture =>
  image.format === 'vmlinux' ? image.architecture : ARCHITECTURE_OF[image.format];
