import type { Placement, Profile, TarPacking } from '../base/choices.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';

/** A finding that somebody accepted, with the reason; it counts until the day `until` (`YYYY-MM-DD`) is over. */
export interface Waiver {
  rule: string;
  reason: string;
  until: string | null;
}

/** `true`: shipped in the bundle; a text: the file's absolute path on the target, where it stays. */
export type KeptOrTarget = true | string;

/** A `*.cell.yaml` with every default filled in. Paths are as written: relative to the manifest, or absolute. */
export interface Manifest {
  /** `[A-Za-z0-9][A-Za-z0-9._-]*`, at most 91 characters; null: the cell's own name is used. */
  name: string | null;
  /** A path, or the config that is described in place. */
  cell: string | CellConfig;
  kernel: { image: string; config: string | null };
  /** `joined`: written as a list, so each part is padded to 4 bytes and all are shipped as one file. */
  initrd: { paths: string[]; joined: boolean } | null;
  /** As the kernel gets it: one line, '' if the manifest has none. */
  cmdline: string;
  /** The device tree of an arm or arm64 cell. */
  dtb: string | null;
  loader: string | null;
  system: string | SystemConfig | null;
  placement: Placement;
  checks: {
    /** null: whatever the plugin's option or the CLI says. */
    profile: Profile | null;
    /** Kconfig symbols with the value as a `.config` shows it, texts without their quotes: `y`, `17`, `0x1000000`. */
    require: Record<string, string>;
    /** Files with rules of the project. */
    rules: string[];
    waive: Waiver[];
  };
  bundle: { compress: TarPacking; kernel: KeptOrTarget; initrd: KeptOrTarget; loader: KeptOrTarget };
}
