import type { Diagnostic } from '../../base/diagnostic.ts';
import type { CellConfig, SystemConfig } from '../../formats/cell/types.ts';
import type { Manifest, Waiver } from '../../manifest/types.ts';
import type { BundleFile, BundleInput } from '../input.ts';
import type { InputFile } from '../inputs.ts';

/** What is loaded into a cell without Linux. */
export type BareImage = { file: BundleFile; size: number; at: bigint } | { string: string; at: bigint };

/** A cell without Linux. */
export interface BareCellInput {
  /** As the hypervisor knows it. */
  cellName: string;
  cell: CellConfig;
  /** The bytes of its config. */
  file: Uint8Array;
  /** In load order. */
  images: readonly BareImage[];
  diagnostics: readonly Diagnostic[];
  waivers: readonly Waiver[];
  /** What it is made from. */
  inputs: readonly InputFile[];
}

/** A cell of a machine's bundle. */
export type MachineCellInput = {
  /** In the machine; its files begin with it. */
  name: string;
  /** Names of cells that are started before it. */
  after: readonly string[];
} & ({ linux: BundleInput } | { bare: BareCellInput });

/** All that becomes the bundle of a machine. */
export interface MachineBundleInput extends Pick<Manifest, 'compatible' | 'version'> {
  /** Of the bundle. */
  name: string;
  /** With what all of its cells add to it. */
  system: SystemConfig;
  /** The bytes of the system config. */
  systemFile: Uint8Array;
  /** What `uname -m` may say. */
  machines: readonly string[];
  /** In the order in which they are started. */
  cells: readonly MachineCellInput[];
  /** About the machine as a whole. */
  diagnostics: readonly Diagnostic[];
  /** The machine file, and what it names beside its cells. */
  inputs: readonly InputFile[];
}
