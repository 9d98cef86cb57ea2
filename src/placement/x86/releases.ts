import type { AddressRange } from '../../base/ranges.ts';
import { PAGE_SIZE } from '../../base/address.ts';
import type { Revision } from '../../formats/cell/releases.ts';

/** Which setup_data node the release's loader fills in. */
export type SetupDataForm = 'jlhs' | 'version1' | 'version2';

/** What Jailhouse's linux-loader.bin of a release expects on x86. Offsets count from `base`. */
export interface LoaderAbi {
  /** Load address of the loader: fixed, or the cell's cpu_reset_address. */
  base: bigint | 'cpu_reset_address';
  /** Bytes that the loader's image, page tables and stack use from `base` on; all of it must be RAM. */
  size: bigint;
  /** Offset of the params image. */
  params: bigint;
  /** Offset where the loader's next part follows the params; `null`: none, they may fill their RAM region. */
  paramsLimit: bigint | null;
  setupData: SetupDataForm;
  /** Upstream reserves this many kernel file sizes in front of the initrd; `null`: by the payload's compression, or -k. */
  kernelFactor: bigint | null;
}

/** Jailhouse 0.6 and 0.7: the loader fills the 64 KiB below 1 MiB, its entry is the reset vector. */
const below1M: LoaderAbi = {
  base: 0xf0000n,
  size: 0x10000n,
  params: 0x5000n,
  paramsLimit: 0xfff0n,
  setupData: 'jlhs',
  kernelFactor: 5n,
};

const atReset: LoaderAbi = {
  base: 'cpu_reset_address',
  size: 0x6000n,
  params: 0x6000n,
  paramsLimit: null,
  setupData: 'version1',
  kernelFactor: 10n,
};

/** The loader leaves a hole for the params in the middle of its image. */
const atZero: LoaderAbi = {
  base: 0n,
  size: 0xa000n,
  params: 0x1000n,
  paramsLimit: 0x4000n,
  setupData: 'version1',
  kernelFactor: null,
};

/** By config revision; revisions that no release had are not planned. */
export const LOADERS: Readonly<Partial<Record<Revision, LoaderAbi>>> = {
  3: below1M,
  4: below1M,
  8: atReset,
  9: atZero,
  10: atZero,
  12: { ...atZero, setupData: 'version2' },
  13: { ...atZero, setupData: 'version2' },
  14: { ...atZero, setupData: 'version2' },
};

/** The loader reads the comm region here, in every release (Jailhouse, COMM_REGION_BASE of the x86 inmates). */
export const COMM_REGION_ADDRESS = 0x100000n;
export const COMM_PAGE: AddressRange = { start: COMM_REGION_ADDRESS, size: PAGE_SIZE };
