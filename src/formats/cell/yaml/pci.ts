import type { FlagNames } from '../names.ts';

export const MSI_FLAGS: FlagNames = { '64bits': 1n, maskable: 2n };

/**
 * The BARs of a virtual ivshmem device: its registers, and an MSI-X table if it has vectors
 * (JAILHOUSE_IVSHMEM_BAR_MASK_INTX and _MSIX of Jailhouse 0.12 and newer).
 */
export const shmemBarMask = (msixVectors: number): number[] => [
  0xfffff000,
  msixVectors > 0 ? 0xfffffe00 : 0,
  0,
  0,
  0,
  0,
];
