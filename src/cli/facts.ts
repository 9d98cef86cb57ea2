import { coverageOf, type Coverage } from '../checks/coverage.ts';
import { findingFacts } from '../reports/json.ts';
import type { FindingFacts, PlanFacts } from '../reports/output-schema.ts';
import { placed, type CheckFindings, type Findings } from '../reports/findings.ts';
import { sourcesOf } from '../reports/rule-texts.ts';

/** All findings for machines. */
export function factsOf(findings: Findings): FindingFacts[] {
  const sources = sourcesOf(findings);
  return findings.diagnostics.map((each) => {
    const { diagnostic, place, related } = placed(findings, each);
    const places = related === null ? [place] : [place, related];
    return findingFacts(diagnostic, findings.file, places, sources.get(diagnostic.code) ?? null);
  });
}

/** The plan for machines, where there is one. */
export async function planOf({ planned }: Pick<CheckFindings, 'planned'>): Promise<PlanFacts | null> {
  if (planned === null) return null;
  const { planFacts } = await import('../reports/plan.ts');
  return planFacts(planned.cell, planned.plan);
}

/** What was checked, for machines, where anything was. */
export const rulesOf = ({
  states,
  diagnostics,
}: Pick<CheckFindings, 'states' | 'diagnostics'>): Coverage | null =>
  states && coverageOf(states, diagnostics);
