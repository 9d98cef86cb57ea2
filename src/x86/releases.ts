import type { AddressRange } from '../address.ts';
import type { Revision } from '../cell/releases.ts';

/** Which setup_data node the release's loader fills in. */
export type SetupDataForm = 'jlhs' | 'version1' | 'version2';

/** What Jailhouse's linux-loader.bin of a release expects on x86. Addresses count from `base`. */
export interface LoaderAbi {
  /** Load address of the loader: fixed, or the cell's cpu_reset_address. */
  base: bigint | 'cpu_reset_address';
  params: bigint;
  setupData: SetupDataForm;
  /** Memory that the loader's image, page tables and stack use; all of it must be RAM. */
  ram: AddressRange;
  /** Those parts of `ram` that nothing may be loaded over. */
  reserved: readonly AddressRange[];
  /** What the loader's memory leaves for the params image; `null`: up to the end of its RAM region. */
  paramsLimit: bigint | null;
  /** Upstream reserves this many kernel file sizes in front of the initrd; `null`: by the payload's compression, or -k. */
  kernelFactor: number | null;
}

const range = (start: number, end: number): AddressRange => ({
  start: BigInt(start),
  size: BigInt(end - start),
});

/** Jailhouse 0.6 and 0.7: the loader fills the 64 KiB below 1 MiB, its entry is the reset vector. */
const below1M: LoaderAbi = {
  base: 0xf0000n,
  params: 0x5000n,
  setupData: 'jlhs',
  ram: range(0, 0x10000),
  reserved: [range(0, 0x5000), range(0xfff0, 0x10000)],
  paramsLimit: 0xfff0n,
  kernelFactor: 5,
};

const atReset: LoaderAbi = {
  base: 'cpu_reset_address',
  params: 0x6000n,
  setupData: 'version1',
  ram: range(0, 0x6000),
  reserved: [range(0, 0x6000)],
  paramsLimit: null,
  kernelFactor: 10,
};

const atZero: LoaderAbi = {
  base: 0n,
  params: 0x1000n,
  setupData: 'version1',
  ram: range(0, 0xa000),
  reserved: [range(0, 0x1000), range(0x4000, 0xa000)],
  paramsLimit: 0x4000n,
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
