import type { Architecture } from '../base/choices.ts';

const MIB = 1n << 20n;
const GIB = 1n << 30n;

/** Where the loader's library looks for its memory and for the communication region (Jailhouse, inmates/lib). */
export interface GuestLayout {
  loaderSize: bigint;
  comm: bigint;
  /** Where RAM is for the guest; `null`: where it is in the machine. */
  ram: bigint | null;
  /** Alignments of RAM, the best first. */
  alignments: readonly bigint[];
  /** RAM must end here. */
  limit: bigint;
}

const ARM64: GuestLayout = {
  loaderSize: 0x10000n,
  comm: 2n * GIB,
  ram: null,
  alignments: [2n * MIB],
  limit: 1n << 64n,
};

export const LAYOUTS: Readonly<Record<Architecture, GuestLayout>> = {
  x86: { loaderSize: MIB, comm: MIB, ram: 2n * MIB, alignments: [2n * MIB], limit: 1n << 64n },
  arm64: ARM64,
  // A kernel before 5.12 takes the 128 MiB that it is in for the start of its memory.
  arm: { ...ARM64, alignments: [128n * MIB, 2n * MIB], limit: 4n * GIB },
};
