import type { Hook, Restart } from '../../base/choices.ts';
import type { ImageRole, LoadItem } from '../../placement/types.ts';

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
  /** Those of them that have a number. */
  releases: readonly string[];
  /** The boards that the bundle is for, as their device tree or firmware names them; empty: any. */
  compatible: readonly string[];
  /** Of the bundle: one older than the last that was started can be refused. */
  version: number | null;
  /** File name of the cell config in the bundle. */
  cell: string;
  /** File name of the root cell's system config in the bundle; without it `--enable` is refused. */
  system: string | null;
  /** In load order. */
  load: readonly LoadItem[];
  /** Those that the bundle has, with their paths in it. */
  hooks: ReadonlyMap<Hook, string>;
  /** A command of the target that must succeed before the cell counts as started, and seconds. */
  ready: { command: string; timeout: number; interval: number } | null;
  restart: Restart;
  /** For each role that occurs in `load`. */
  files: Readonly<Partial<Record<'loader' | 'kernel' | 'initrd' | 'params', LaunchFile>>>;
}

/** One argument group of `jailhouse cell load`, with the file that it names. Without a role: of a cell without Linux. */
export type LaunchItem =
  | { kind: 'image'; role: ImageRole | null; file: LaunchFile; address: bigint | null; size: bigint | null }
  | { kind: 'string'; text: string; address: bigint };

/** A cell of a machine, as its launch script knows it. */
export interface LaunchCell {
  /** On the command line of the script: `[A-Za-z0-9][A-Za-z0-9._-]*`. */
  name: string;
  /** As the hypervisor knows it. */
  cellName: string;
  /** Names of cells that are started before it. */
  after: readonly string[];
  /** File name of the cell config in the bundle. */
  cell: string;
  /** The boards that this cell is for, in addition to those of the machine; empty: any. */
  compatible: readonly string[];
  /** In load order. */
  load: readonly LaunchItem[];
  hooks: LaunchInput['hooks'];
  ready: LaunchInput['ready'];
  restart: LaunchInput['restart'];
}

/** All that the launch script of a machine and its systemd units say. */
export interface MachineLaunch extends Pick<
  LaunchInput,
  'name' | 'machines' | 'release' | 'releases' | 'compatible' | 'version'
> {
  /** File name of the system config in the bundle. */
  system: string;
  /** What the system config calls the root cell. */
  rootName: string;
  /** In the order in which they are started. */
  cells: readonly LaunchCell[];
}
