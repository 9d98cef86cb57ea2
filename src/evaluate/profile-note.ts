import type { Profile } from '../base/choices.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import type { KernelVerdict } from '../checks/kernel/check.ts';

/**
 * That another profile would pass, where nothing fails but rules that kernels of this version do not depend on.
 *
 * @param asked the profile that the manifest names
 */
export function profileNote(
  asked: Profile | null,
  profile: Profile,
  verdict: Pick<KernelVerdict, 'outgrown'> | null,
  diagnostics: readonly Diagnostic[],
): Diagnostic[] {
  if (asked !== null || profile !== 'strict' || verdict === null) return [];
  const failing = diagnostics.filter(({ severity, waived }) => severity === 'error' && !waived);
  const codes = [...new Set(failing.map(({ code }) => code))];
  if (codes.length === 0 || !codes.every((code) => verdict.outgrown.includes(code))) return [];
  return [
    {
      code: 'kernel/profile',
      severity: 'info',
      message: `nothing fails but what kernels of this version no longer depend on: ${codes.join(', ')}`,
      fix: 'use the profile mainline, which warns of it: `--profile mainline`, or `checks: { profile: mainline }` in the manifest',
      path: ['kernel', 'image'],
    },
  ];
}
