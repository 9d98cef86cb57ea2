import type { CellConfig } from '../cell/types.ts';
import type { BzImage } from '../kernel/bzimage.ts';
import type { Placement } from './types.ts';

/** A kernel file and what its headers say. */
export interface Kernel {
  file: Uint8Array;
  image: BzImage;
}

/** What a plan is made from. */
export interface PlanRequest {
  cell: CellConfig;
  kernel: Kernel;
  /** Bytes of the initrd, `null` without one. */
  initrdSize: bigint | null;
  /** `''` without one. */
  cmdline: string;
  placement: Placement;
  /** `upstream` only: its `-k` factor; `null` or 0 leaves the choice to the payload's compression. */
  decompressionFactor: number | null;
  /** Bytes of the loader where it is known. */
  loaderSize: bigint | null;
}
