import type { InputFile } from '../bundle/inputs.ts';
import type { Diagnostic, ManifestPath } from '../base/diagnostic.ts';
import type { Rule } from '../checks/kernel/rule.ts';
import type { CellInputs, EvaluateOptions, Evaluation } from '../evaluate/cell.ts';
import type { SystemConfig } from '../formats/cell/types.ts';
import type { LinkEnds, MachineState } from '../machine/request.ts';
import type { ParsedManifest } from '../manifest/parse.ts';
import type { Manifest, Waiver } from '../manifest/types.ts';
import type { SeenFiles } from './contents.ts';
import type { Neighbours } from './neighbours.ts';
import type { ReadyCell } from './pack.ts';

export type Evaluated = Omit<Evaluation, 'diagnostics'>;

/** What was read and checked together. */
export interface Prepared extends Evaluated {
  diagnostics: Diagnostic[];
  /** The file that the value at `path` names, as its reader can find it; `null` if it names none. */
  fileAt(path: ManifestPath): string | null;
  /** Descriptions of cells and systems in files of their own, by the key that names them. */
  descriptions: SeenFiles['descriptions'];
}

/** What a cell was made of. */
export interface MadeOf {
  /** As it was named; the cell's may have more links. */
  given: SystemConfig;
  ends: LinkEnds;
}

/** What a manifest says and names, as far as it could be read. */
interface ReadInputs {
  /** What the kernel gets; `null`: there is no kernel, or nobody knows. */
  cmdline: string | null;
  /** `null`: they were not read, because of an error. */
  contents: CellInputs | null;
  /** With the manifest itself. */
  files: readonly InputFile[];
}

/** Of what cannot be read. */
export const NOTHING_READ: ReadInputs = { cmdline: null, contents: null, files: [] };

/** A manifest, read and checked with all that it names. */
export interface PreparedCell extends Prepared {
  locate: ParsedManifest['locate'];
  others?: ParsedManifest['others'];
  /** Of the bundle; `null`: it cannot be told. */
  name: string | null;
  /** `null` where there is an error among the diagnostics (with `force`, not even then), or none is laid out. */
  ready: ReadyCell | null;
  /** Findings that the manifest accepts. */
  waivers: readonly Waiver[];
  read: ReadInputs;
  /** Of a cell that was made of a wish; `null`: its config is given, or it cannot be made. */
  made: MadeOf | null;
}

/** What is told of what nothing is planned for. */
export const NOTHING_PREPARED = {
  planned: null,
  machine: null,
  kernel: null,
  states: null,
  ready: null,
  name: null,
  waivers: [],
  read: NOTHING_READ,
  made: null,
};

export interface PrepareOptions extends EvaluateOptions {
  /** Of the project, beside those that the manifest names. */
  rules?: readonly Rule[];
  /** Where those are from. */
  ruleFiles?: readonly InputFile[];
  /** Lay it out in spite of errors, where that can be done: as upstream's tool, if exact placement has no place. */
  force?: boolean;
  /** `false`: the verdict is wanted alone, and no bundle of a manifest is laid out. */
  layOut?: boolean;
  /** Told of each file before it is looked at, by a path that is relative if the manifest's is. */
  onInput?: (path: string) => void;
  /** Other manifests of the run, whose cells a wish leaves alone. */
  neighbours?: Neighbours;
}

/** A machine that several cells are cut out of. */
export interface SharedMachine extends MachineState {
  /** As it was given; `system` has the links of the cells so far, too. */
  given: SystemConfig;
  /** Of the binary configs of cells that name none. */
  layout: Manifest['layout'];
}
