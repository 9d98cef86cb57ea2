import type { Hook } from '../base/choices.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import type { PlannedCell } from '../evaluate/cell.ts';
import type { Versioned } from '../formats/cell/layout-ids.ts';
import type { ExaminedKernel } from '../formats/kernel/examine.ts';
import type { Manifest } from '../manifest/types.ts';
import type { InputFile, Override } from './inputs.ts';
import type { ByteSource, FileDigest } from './tar.ts';

/**
 * A file of the bundle, or one that stays on the target and is named there by its digest (if one is known). Two files
 * with the same `key` have the same content: the bundle of a machine has it once.
 */
export type BundleFile =
  | { in: 'bundle'; source: ByteSource; key?: string }
  | { in: 'target'; path: string; digest: FileDigest | null }
  | { in: 'installed' };

/** The files that become a bundle. */
export interface BundleFiles {
  cell: Uint8Array;
  system: Uint8Array | null;
  kernel: BundleFile;
  initrd: BundleFile | null;
  loader: BundleFile;
  /** Programs for the target. */
  hooks: ReadonlyMap<Hook, ByteSource>;
}

export interface BundleInput {
  manifest: Manifest;
  planned: PlannedCell;
  /** How its system config is laid out; `null`: there is none. */
  system: Versioned | null;
  kernel: ExaminedKernel;
  diagnostics: readonly Diagnostic[];
  files: BundleFiles;
  /** What it is made from. */
  inputs: readonly InputFile[];
  /** What of the manifest options changed. */
  overrides: readonly Override[];
}
