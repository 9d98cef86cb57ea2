import type { Diagnostic } from '../base/diagnostic.ts';
import type { RuleState } from '../checks/coverage.ts';
import type { PlannedCell } from '../evaluate/cell.ts';
import type { JudgedKernel } from '../evaluate/kernel.ts';
import type { PlacedFinding } from './report.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import type { DescriptionText } from '../formats/cell/read.ts';
import { otherAt, type OtherText } from '../manifest/other-text.ts';
import { codeFrame, lineAndColumn, lineFrame, type SourceRange } from '../formats/yaml/source.ts';

/** A manifest, or files that were checked without one, and what was found. */
export interface Findings {
  /** The manifest; without one the kernel, or the kernel config. */
  file: string;
  /** The cell of a machine file that is in it; not there: the file as a whole. */
  part?: string;
  /** Of a machine file: the machine and its cells; `null`: nothing is known of them. */
  shared?: { system: SystemConfig; cells: readonly CellConfig[] } | null;
  /** Of the manifest; `null`: there is none, or it could not be read, which is the one finding then. */
  text: string | null;
  locate(path: NonNullable<Diagnostic['path']>): SourceRange;
  /** Texts that the manifest is read with, in which places may be, too. */
  others?: readonly OtherText[] | undefined;
  /** The file that the value at `path` names; `null` if it names none. */
  fileAt(path: NonNullable<Diagnostic['path']>): string | null;
  /** Descriptions of cells in files of their own, by the key that names them. */
  descriptions: ReadonlyMap<string | number, DescriptionText>;
  diagnostics: readonly Diagnostic[];
  /** Why it was not looked at; not there: it was. */
  skipped?: string;
  /** `null` or not there where no kernel could be judged. */
  kernel?: JudgedKernel | null;
}

/** What `check` finds. */
export interface CheckFindings extends Findings {
  /** `null` where no plan could be made. */
  planned: PlannedCell | null;
  /** `null` where no kernel could be judged. */
  kernel: JudgedKernel | null;
  /** What became of each rule; `null` where nothing was judged. */
  states: readonly RuleState[] | null;
}

/** Text with a finding in it. */
interface Passage {
  file: string;
  text: string;
  range: SourceRange;
}

const isOption = (layer: OtherText['layer']): boolean => 'isAside' in layer;

/** The option that says what a finding is about; `null`: a file does. */
function optionOf({ others = [], locate }: Findings, { range, path }: Diagnostic): string | null {
  const own = range ?? (path && locate(path));
  const other = own ? otherAt(others, own) : null;
  return other && isOption(other.layer) ? other.layer.title : null;
}

/**
 * Where a finding is in a text: in the description of a cell that its path leads into, else in the manifest or its
 * defaults.
 */
export function passageOf(findings: Findings, { range, path }: Diagnostic): Passage | null {
  const { file, text, locate, descriptions, others = [] } = findings;
  const described = path && descriptions.get(path[0]!);
  if (described && (range || path.length > 1)) {
    return { file: described.name, text: described.text, range: range ?? described.locate(path.slice(1)) };
  }
  const own = range ?? (path && locate(path));
  if (text === null || !own) return null;
  const other = otherAt(others, own);
  if (other === null) return { file, text, range: own };
  const { layer, range: there } = other;
  return isOption(layer) ? null : { file: layer.title, text: layer.text, range: there };
}

/** The lines of a packed config are none of the file. */
const isPacked = (file: string): boolean => file.endsWith('.gz');

/** The lines that show a finding: that of the kernel config, else those around its place. */
export function frameOf(findings: Findings, diagnostic: Diagnostic): string | null {
  const { path, fileLine } = diagnostic;
  const file = path && findings.fileAt(path);
  const config = findings.kernel?.config;
  if (file && config && fileLine !== undefined && !isPacked(file)) return lineFrame(config.text, fileLine);
  const passage = passageOf(findings, diagnostic);
  return passage && codeFrame(passage.text, passage.range);
}

/**
 * A finding at its place: in the manifest, its defaults or a description and, beside that, in the kernel config; without a
 * manifest, in the file that it is about. One about an option names that.
 */
export function placed(findings: Findings, diagnostic: Diagnostic): PlacedFinding {
  const { file, text, fileAt } = findings;
  const { path, fileLine } = diagnostic;
  const named = (path && fileAt(path)) ?? null;
  const line = named === null || isPacked(named) ? null : (fileLine ?? null);
  const related = named === null || line === null ? null : { file: named, line, column: null };
  const passage = passageOf(findings, diagnostic);
  if (passage) {
    const place = { file: passage.file, ...lineAndColumn(passage.text, passage.range.start) };
    return { diagnostic, place, related };
  }
  const option = optionOf(findings, diagnostic);
  const isOfFile = text === null || (option !== null && !diagnostic.code.startsWith('input/'));
  if (isOfFile && named !== null) {
    return { diagnostic, place: { file: named, line, column: null }, related: null };
  }
  if (option !== null) {
    const told = { ...diagnostic, message: `${option}: ${diagnostic.message}` };
    return { diagnostic: told, place: { file, line: null, column: null }, related: null };
  }
  return { diagnostic, place: { file, line: null, column: null }, related };
}

/** Where rules are from, by their ids: ours, and the project's own. */
export type RuleSources = ReadonlyMap<string, string>;
