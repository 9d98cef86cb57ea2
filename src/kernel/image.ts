import type { Architecture } from '../plan/types.ts';
import type { Arm64Image } from './arm64-image.ts';
import type { BzImage } from './bzimage.ts';
import type { ZImage } from './zimage.ts';

/** A kernel file's headers, by the format that its architecture's boot protocol defines. */
export type KernelImage = BzImage | Arm64Image | ZImage;

export type KernelFormat = KernelImage['format'];

/** Each format belongs to one architecture. */
export const ARCHITECTURE_OF: Readonly<Record<KernelFormat, Architecture>> = {
  bzImage: 'x86',
  Image: 'arm64',
  zImage: 'arm',
};
