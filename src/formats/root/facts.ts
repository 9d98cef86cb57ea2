import type { DeviceTree } from '../dtb/types.ts';
import type { KernelConfig } from '../kernel/kconfig.ts';
import { bootargsOf } from './board.ts';
import type { IomemEntry } from './iomem.ts';

/** What is known of the root cell's Linux and its board; `null` is what was not given. */
export interface RootFacts {
  /** The board's device tree, as the root's Linux has it. */
  board: DeviceTree | null;
  /** Its kernel command line, in the spelling of /proc/cmdline or of GRUB's files. */
  cmdline: string | null;
  /** Its /proc/iomem. */
  iomem: readonly IomemEntry[] | null;
  /** The .config of its kernel. */
  kernelConfig: KernelConfig | null;
}

/** The command line of the root cell's Linux: as it was given, or else as its device tree has it; `null`: unknown. */
export const rootCmdline = ({ cmdline, board }: RootFacts): string | null =>
  cmdline ?? (board && bootargsOf(board));
