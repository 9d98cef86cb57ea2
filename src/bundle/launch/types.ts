import type { LoadItem } from '../../placement/types.ts';

/**
 * Where the launch script finds one file: in the bundle, at a path of the target, or (loader only) wherever Jailhouse
 * is installed. `unverified`: its content was not known when the bundle was built, so SHA256SUMS does not list it.
 */
export type LaunchFile =
  { in: 'bundle'; path: string } | { in: 'target'; path: string; unverified?: true } | { in: 'installed' };

/** All that `launch.sh` and the systemd unit say. Plain data; any character but NUL and newline may stand in the texts. */
export interface LaunchInput {
  /** The bundle's name: `[A-Za-z0-9][A-Za-z0-9._-]*`. */
  name: string;
  /** The cell's name as the hypervisor knows it (UTF-8; may hold blanks, quotes, digits only). */
  cellName: string;
  /** What `uname -m` may say, e.g. `['x86_64']`. */
  machines: readonly string[];
  /** The Jailhouse release(s) that the cell config is for, in words: `0.12`. */
  release: string;
  /** File name of the cell config in the bundle. */
  cell: string;
  /** File name of the root cell's system config in the bundle; without it `--enable` is refused. */
  system: string | null;
  /** In load order. */
  load: readonly LoadItem[];
  /** For each role that occurs in `load`. */
  files: Readonly<Partial<Record<'loader' | 'kernel' | 'initrd' | 'params', LaunchFile>>>;
}
