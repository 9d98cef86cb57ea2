import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import type { WrittenManifest } from './schema.ts';
import type { Wish } from './wish/parse.ts';

/** Keys that may be left out, as `null` where they are. */
export type Filled<Written> = {
  [Key in keyof Written]-?: undefined extends Written[Key]
    ? Exclude<Written[Key], undefined> | null
    : Written[Key];
};

/** A finding that somebody accepted, with the reason; it counts until the day `until` (`YYYY-MM-DD`) is over. */
export type Waiver = Filled<WrittenManifest['checks']['waive'][number]>;

/** `true`: shipped in the bundle; a text: the file's absolute path on the target, where it stays. */
export type KeptOrTarget = WrittenManifest['bundle']['kernel'];

/**
 * A `*.cell.yaml` with every default filled in; what is not said here is as the schema has it. Paths are as written:
 * relative to the manifest, or absolute.
 */
export interface Manifest extends Filled<
  Omit<
    WrittenManifest,
    | 'defaults'
    | 'compatible'
    | 'cell'
    | 'system'
    | 'root'
    | 'kernel'
    | 'initrd'
    | 'cmdline'
    | 'checks'
    | 'boot'
  >
> {
  /** A path, the config that is described in place, or what it shall be made of. */
  cell: string | CellConfig | Wish;
  system: string | SystemConfig | null;
  /** The boards that the bundle is for; empty: any. */
  compatible: string[];
  root: Filled<NonNullable<WrittenManifest['root']>> | null;
  kernel: Filled<WrittenManifest['kernel']>;
  /** `joined`: written as a list, so each part is padded to 4 bytes and all are shipped as one file. */
  initrd: { paths: string[]; joined: boolean } | null;
  /** As the kernel gets it: one line, '' if the manifest has none. */
  cmdline: string;
  checks: Filled<Omit<WrittenManifest['checks'], 'require' | 'rules' | 'waive'>> & {
    /** Kconfig symbols with the value as a `.config` shows it, texts without their quotes: `y`, `17`, `0x1000000`. */
    require: Record<string, string>;
    /** Files with rules of the project. */
    rules: string[];
    waive: Waiver[];
  };
  /** What is waited for, what is typed after each, and CPU seconds; `null`: the usual ones. */
  boot: { expect: string[]; send: string[]; timeout: number | null };
}
