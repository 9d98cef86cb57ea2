import type { VariantId, Versioned } from './layout-ids.ts';
import type { Revision } from './releases.ts';

/** Masks of a device's six BARs. */
type BarMasks = readonly [number, number, number, number, number, number];

/** What an ivshmem device has: its registers, and an MSI-X table if it has vectors. */
interface ShmemBars {
  intx: BarMasks;
  msix: BarMasks;
}

/** Up to revision 11 the BARs are of 64 bits. */
const bars3: ShmemBars = {
  intx: [0xffffff00, 0xffffffff, 0, 0, 0, 0],
  msix: [0xffffff00, 0xffffffff, 0, 0, 0xffffffe0, 0xffffffff],
};
const bars12: ShmemBars = {
  intx: [0xfffff000, 0, 0, 0, 0, 0],
  msix: [0xfffff000, 0xfffffe00, 0, 0, 0, 0],
};
/** The MSI-X table has a page of its own. */
const bars14: ShmemBars = { ...bars12, msix: [0xfffff000, 0xfffff000, 0, 0, 0, 0] };

const SHMEM_BARS: Readonly<Record<Revision, ShmemBars>> = {
  3: bars3,
  4: bars3,
  5: bars3,
  6: bars3,
  7: bars3,
  8: bars3,
  9: bars3,
  10: bars3,
  11: bars3,
  12: bars12,
  13: bars12,
  14: bars14,
};

/** Layouts of revision 12 whose ivshmem devices are still those of revision 11. */
const OLDER: ReadonlySet<VariantId | undefined> = new Set<VariantId>(['ti12', 'git12-old']);

/**
 * The BARs that configs of a layout give an ivshmem device: JAILHOUSE_IVSHMEM_BAR_MASK_INTX and _MSIX of
 * include/jailhouse/cell-config.h from 0.12 on, and what the configs of older releases write out.
 */
export function shmemBarMask({ revision, layout }: Versioned, msixVectors: number): number[] {
  const bars = OLDER.has(layout) ? bars3 : SHMEM_BARS[revision];
  return [...bars[msixVectors > 0 ? 'msix' : 'intx']];
}
