import type { CellInputs, CellRequest, EvaluateOptions, PlannedCell } from '../evaluate/cell.ts';
import { evaluateKernel, waivedFindings } from '../evaluate/kernel.ts';
import { profileNote } from '../evaluate/profile-note.ts';
import { statesOfKernel } from '../evaluate/states.ts';
import type { Manifest } from '../manifest/types.ts';
import type { SeenFiles } from './contents.ts';
import type { Evaluated } from './prepared.ts';

/** The date in UTC, as manifests write dates: `2027-06-30`. */
export const today = (): string => new Date().toISOString().slice(0, 10);

/** Of what cannot be evaluated. */
export const NOTHING: Evaluated = { planned: null, machine: null, kernel: null, states: null };

/** Checks all that was read; nothing, where some file cannot be read. */
export async function evaluate(
  { diagnostics }: SeenFiles,
  request: CellRequest,
  contents: CellInputs,
  options: EvaluateOptions,
): Promise<Evaluated> {
  if (diagnostics.some(({ code }) => code.startsWith('input/'))) return NOTHING;
  if (contents.cell === null) {
    const { verdict, ...told } = evaluateKernel(request, contents, null, options.profile);
    const findings = waivedFindings(request, contents, { verdict, ...told }, options.today);
    diagnostics.push(...told.diagnostics, ...findings);
    diagnostics.push(...profileNote(request.checks.profile, options.profile, verdict, diagnostics));
    return { ...NOTHING, kernel: verdict, states: statesOfKernel(verdict) };
  }
  // What is known of cells takes longer to load than a kernel takes to check.
  const { evaluateCell } = await import('../evaluate/cell.ts');
  const { diagnostics: found, ...evaluated } = evaluateCell(request, contents, options);
  diagnostics.push(...found);
  return evaluated;
}

/** Where upstream's tool puts everything, whether that can be loaded or not; `null`: it has no place, either. */
export async function planAsUpstream(
  manifest: Manifest,
  contents: CellInputs,
  options: EvaluateOptions,
): Promise<PlannedCell | null> {
  if (manifest.placement === 'upstream' || contents.cell === null) return null;
  const { evaluateCell } = await import('../evaluate/cell.ts');
  return evaluateCell({ ...manifest, placement: 'upstream' }, contents, options).planned;
}
