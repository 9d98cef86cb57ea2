import type { Diagnostic } from '../base/diagnostic.ts';
import type { PlannedCell } from '../evaluate/cell.ts';
import type { JudgedKernel } from '../evaluate/kernel.ts';
import { findingFacts } from '../reports/json.ts';
import type { FindingFacts, PlanFacts } from '../reports/output-schema.ts';
import type { Place, PlacedFinding } from '../reports/report.ts';
import { lineAndColumn, type SourceRange } from '../formats/yaml/source.ts';

/** A manifest, or files that were checked without one, and what was found. */
export interface Findings {
  /** The manifest; without one the kernel, or the kernel config. */
  file: string;
  /** Of the manifest; `null`: there is none, or it could not be read, which is the one finding then. */
  text: string | null;
  locate(path: NonNullable<Diagnostic['path']>): SourceRange;
  /** The file that the value at `path` names; `null` if it names none. */
  fileAt(path: NonNullable<Diagnostic['path']>): string | null;
  diagnostics: readonly Diagnostic[];
}

/** What `check` finds. */
export interface CheckFindings extends Findings {
  /** `null` where no plan could be made. */
  planned: PlannedCell | null;
  /** `null` where no kernel could be judged. */
  kernel: JudgedKernel | null;
}

/** Where a finding stands in the manifest's text. */
export const rangeOf = ({ text, locate }: Findings, { range, path }: Diagnostic): SourceRange | null =>
  text === null ? null : (range ?? (path && locate(path)) ?? null);

/** The lines of a packed config are none of the file. */
const isPacked = (file: string): boolean => file.endsWith('.gz');

/** A finding at its place: in the manifest and, beside that, in the kernel config; without a manifest, in the file that it is about. */
export function placed(findings: Findings, diagnostic: Diagnostic): PlacedFinding {
  const { file, text, fileAt } = findings;
  const { path, fileLine } = diagnostic;
  const named = (path && fileAt(path)) ?? null;
  const line = named === null || isPacked(named) ? null : (fileLine ?? null);
  if (text === null) return { diagnostic, place: { file: named ?? file, line, column: null }, related: null };
  const range = rangeOf(findings, diagnostic);
  const place: Place = { file, line: null, column: null };
  return {
    diagnostic,
    place: range === null ? place : { ...place, ...lineAndColumn(text, range.start) },
    related: named === null || line === null ? null : { file: named, line, column: null },
  };
}

/** All findings for machines. */
export const factsOf = (findings: Findings): FindingFacts[] =>
  findings.diagnostics.map((diagnostic) => {
    const { place, related } = placed(findings, diagnostic);
    return findingFacts(diagnostic, findings.file, related === null ? [place] : [place, related]);
  });

/** The plan for machines, where there is one. */
export async function planOf({ planned }: Pick<CheckFindings, 'planned'>): Promise<PlanFacts | null> {
  if (planned === null) return null;
  const { planFacts } = await import('../reports/plan.ts');
  return planFacts(planned.cell, planned.plan);
}
