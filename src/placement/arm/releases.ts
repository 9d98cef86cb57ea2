import { PAGE_SIZE } from '../../base/address.ts';
import type { AddressRange } from '../../base/ranges.ts';
import type { Revision } from '../../formats/cell/releases.ts';

export type ArmArchitecture = 'arm' | 'arm64';

/** What Jailhouse's linux-loader.bin of a release expects, and how its tool plans. */
export interface ArmLoaderAbi {
  /** Load address of the loader; `null`: the tool is not told, and takes 0. */
  base: 'cpu_reset_address' | null;
  /** Where the loader reads the comm region; `null`: it does not. */
  commPage: AddressRange | null;
  /** Offset of the argument string, by the loader's base. */
  args: bigint;
  /** Upstream reserves this many kernel sizes behind the kernel, in front of an initrd. */
  kernelFactor: bigint;
  /** The tool unpacks an Image.gz. */
  unpacksGzip: boolean;
  /** linux,initrd-end counts whole pages. */
  roundsInitrdEnd: boolean;
}

const common = {
  base: 'cpu_reset_address',
  commPage: { start: 0x80000000n, size: PAGE_SIZE },
  args: 0x1000n,
  kernelFactor: 4n,
  unpacksGzip: true,
  roundsInitrdEnd: true,
} as const;

const loaders = (first: Pick<ArmLoaderAbi, 'args'>, today: Pick<ArmLoaderAbi, 'kernelFactor'>) => {
  const release08: ArmLoaderAbi = { ...common, ...first, commPage: null, unpacksGzip: false };
  const release06: ArmLoaderAbi = { ...release08, base: null };
  const release09: ArmLoaderAbi = { ...common, ...today };
  const release12: ArmLoaderAbi = { ...release09, roundsInitrdEnd: false };
  return {
    3: release06,
    4: release06,
    8: release08,
    9: release09,
    10: release09,
    12: release12,
    13: release12,
    14: release12,
  };
};

/** By config revision; revisions that no release had are not planned. */
export const LOADERS: Readonly<Record<ArmArchitecture, Readonly<Partial<Record<Revision, ArmLoaderAbi>>>>> = {
  arm: loaders({ args: 0x100n }, { kernelFactor: 4n }),
  arm64: loaders({ args: 0x1000n }, { kernelFactor: 1n }),
};

/** Kept free for the loader, from its base on. */
export const LOADER_ROOM = 0x10000n;

/** Of these the loader's image, stack and page tables use so many bytes. */
export const LOADER_SIZE = 0x7000n;
