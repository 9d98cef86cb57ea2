import type { Party } from '../../checks/cell/scene.ts';
import type { Explanation } from '../types.ts';
import type { KnownFinding, Machine } from './machine.ts';

/** A root cell's line may be about any cell: it gave up what that cell took. */
const concerns = ({ cells }: KnownFinding, owner: Party | null): boolean =>
  owner === null || owner.index === null || cells.length === 0 || cells.includes(owner.index);

/** The findings of `check` that would have told: of the rules that the line names, about its cell. */
export const citedFindings = (
  { findings }: Machine,
  { rules }: Explanation,
  owner: Party | null,
): KnownFinding[] => {
  const codes: ReadonlySet<string> = new Set(rules);
  return findings.filter((finding) => codes.has(finding.code) && concerns(finding, owner));
};
