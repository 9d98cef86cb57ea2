import type { Severity } from '../../base/choices.ts';
import type { Coverage } from '../../checks/coverage.ts';
import type { PlannedCell } from '../../evaluate/cell.ts';
import type { JudgedKernel } from '../../evaluate/kernel.ts';
import type { CellConfig } from '../../formats/cell/types.ts';
import type { InitrdEvidence } from '../../formats/initrd/types.ts';
import type { ExaminedKernel } from '../../formats/kernel/examine.ts';
import type { Waiver } from '../../manifest/types.ts';
import type { SharedOut } from '../machine-shares.ts';
import type { CheckedSubject, PlacedFinding } from '../report.ts';

/** A finding, with what shows and explains it. */
export interface PageFinding extends PlacedFinding {
  /** Lines of a file, with their numbers. */
  frame: string | null;
  source: string | null;
}

export interface DigestedFile {
  /** The key that names it, or what it is in the bundle. */
  key: string;
  file: string;
  /** `null`: it could not be read again. */
  digest: { size: number; sha256: string } | null;
}

/** A bundle, as `build` makes it of the same inputs. */
export interface PageBundle {
  name: string;
  /** Of SHA256SUMS, which names every other file of it, whatever its time is and whoever signs it. */
  sumsSha256: string;
  /** Of the tar, unsigned, with the time that SOURCE_DATE_EPOCH gives its files. */
  tarSha256: string;
  files: readonly DigestedFile[];
  /** What creates, loads and starts its cells. */
  commands: readonly string[];
}

/** A manifest, a machine file, or a cell of one; `null` is what is not known. */
export interface PageSubject extends Pick<CheckedSubject, 'file' | 'part'> {
  findings: readonly PageFinding[];
  cell: CellConfig | null;
  planned: PlannedCell | null;
  coverage: Coverage | null;
  judged: JudgedKernel | null;
  kernel: ExaminedKernel | null;
  initrd: InitrdEvidence | 'none' | null;
  cmdline: string | null;
  rootCmdline: string | null;
  waivers: readonly Waiver[];
  inputs: readonly DigestedFile[];
  bundle: PageBundle | null;
  /** The machine file that it is a cell of. */
  machineFile: string | null;
  /** Of a machine file. */
  machine: SharedOut | null;
}

/** A machine that manifests share without a machine file. */
export interface PageMachine extends SharedOut {
  /** Titles of what is on it. */
  subjects: readonly string[];
  /** Of the root cell and of each cell with Linux, where they are known. */
  cmdlines: readonly NamedCmdline[];
}

export interface NamedCmdline {
  name: string;
  cmdline: string;
}

/** All that a page shows. */
export interface ReportPage {
  /** The least severity that fails. */
  failsFrom: Severity;
  subjects: readonly PageSubject[];
  machines: readonly PageMachine[];
}
