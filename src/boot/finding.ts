import type { Diagnostic, ManifestPath } from '../base/diagnostic.ts';
import { verdictOf, type BootResult } from './result.ts';

/** So many lines of the console are shown of a boot that failed. */
const LAST_LINES = 8;

export const lastLines = ({ console }: Pick<BootResult, 'console'>): string[] =>
  console.filter((line) => line.trim() !== '').slice(-LAST_LINES);

/** What is known of the line that ended a cell, and the rules that foresee it. */
export const knownOf = ({
  explanations: [first],
}: Pick<BootResult, 'explanations'>): (readonly [label: string, text: string])[] =>
  first === undefined
    ? []
    : [
        ['means', first.meaning],
        ...first.details.map(({ about, text }) => [about, text] as const),
        ['checks', first.rules.length > 0 ? first.rules.join(', ') : 'none: no rule of check foresees it'],
      ];

/** What in a manifest a boot hangs on. */
function placeOf({ code, requested }: Diagnostic): { path?: ManifestPath } {
  const verdict = verdictOf({ code });
  if (verdict === 'not-run') return {};
  return { path: verdict === 'undecided' && requested ? ['boot', 'expect'] : ['kernel', 'image'] };
}

/**
 * A boot that a build hangs on, as a finding about the manifest; `null`: it started. Not to know whether it starts is an
 * error, too.
 *
 * @param without how to build without a boot: `build without --boot`
 */
export function bootFinding(
  boot: Pick<BootResult, 'problem' | 'explanations' | 'console'>,
  without: string,
): Diagnostic | null {
  const { problem } = boot;
  if (problem === null) return null;
  if (verdictOf(problem) === 'not-run') {
    const { message, fix } = problem;
    return {
      ...problem,
      message: `whether the bundle starts is not known: ${message}`,
      fix: fix === undefined ? without : `${fix}; or ${without}`,
    };
  }
  const last = lastLines(boot);
  const detail = [
    ...knownOf(boot).map(([label, text]) => `${`${label}:`.padEnd(7)} ${text}`),
    ...(last.length === 0 ? [] : ['the guest printed last:', ...last.map((line) => `  ${line}`)]),
  ];
  return {
    ...problem,
    ...placeOf(problem),
    ...(detail.length === 0 ? {} : { detail: detail.join('\n') }),
  };
}
