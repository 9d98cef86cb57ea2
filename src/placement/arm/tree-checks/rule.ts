import type { WaivableCode } from '../../../base/codes.ts';
import type { Severity } from '../../../base/choices.ts';
import type { Diagnostic } from '../../../base/diagnostic.ts';
import type { TreeScene } from './scene.ts';

/** A rule that does not hold; what it leaves out is the rule's. */
export type TreeBreach = Pick<Diagnostic, 'message'> &
  Partial<
    Pick<Diagnostic, 'severity' | 'requested' | 'actual' | 'detail' | 'symptom' | 'fix' | 'path' | 'after'>
  >;

/** What a device tree and its cell must agree on. */
export interface TreeRule {
  /** Stable: waivers name it. */
  id: Extract<WaivableCode, `dtb/${string}`>;
  /** All that its findings can be, the worst first, which they are unless they say otherwise. */
  severities: readonly [Severity, ...Severity[]];
  /** Why it matters. */
  reason: string;
  /** What is seen on the target when it is broken. */
  symptom: string;
  /** What to do next. */
  fix: string;
  /** Where the knowledge comes from. */
  source: string;
  find(scene: TreeScene): Iterable<TreeBreach>;
}

/** Names in a message: the first ones, and how many more there are. */
export function listed(names: readonly string[], most = 3): string {
  const more = names.length - most;
  if (more <= 0) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${more} more`;
}

/** All of a list that a message names the first of, as lines; nothing where it names them all. */
export const behind = (lines: readonly string[], most = 3): Pick<TreeBreach, 'detail'> =>
  lines.length > most ? { detail: lines.map((line) => `  ${line}`).join('\n') } : {};
