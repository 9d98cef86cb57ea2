import type { Cmdline } from '../../formats/kernel/cmdline.ts';
import { isAtLeast, parseKernelVersion, type KernelVersion } from '../../formats/kernel/version.ts';
import type { KernelFacts } from './evidence.ts';
import type { EvidenceKind, RuleCondition } from './rule.ts';
import { hasTrait } from './cell-traits.ts';

/** Whether a rule applies, or what would tell. */
export type Applies = boolean | { lacking: EvidenceKind[] };

/** To Linux, dashes and underscores in a parameter's name are the same (kernel/params.c). */
const sameName = (text: string): string => text.replace(/^[^=]*/, (name) => name.replaceAll('-', '_'));

/** Whether a parameter before the `--` is what the pattern says; `*` stands for any text. */
export function hasParameter({ parameters }: Cmdline, pattern: string): boolean {
  const parts = sameName(pattern)
    .split('*')
    .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  const wanted = new RegExp(`^${parts.join('.*')}$`, 's');
  return parameters.some(({ name, value }) =>
    wanted.test(sameName(value === null ? name : `${name}=${value}`)),
  );
}

function isInRange(version: KernelVersion | null, { from, before }: NonNullable<RuleCondition['kernel']>) {
  if (version === null) return true;
  const [first, end] = [from, before].map((bound) => parseKernelVersion(bound ?? ''));
  return !(first && !isAtLeast(version, first)) && !(end && isAtLeast(version, end));
}

/** A condition that certainly does not hold decides, whatever else is not known. */
export function appliesTo(when: RuleCondition, facts: KernelFacts): Applies {
  const { cmdline, cell, initrd } = facts;
  const lacking: EvidenceKind[] = [];
  if (!when.architecture.includes(facts.architecture)) return false;
  if (when.kernel && !isInRange(facts.version, when.kernel)) return false;
  if (when.cmdline !== undefined) {
    if (!cmdline) lacking.push('cmdline');
    else if (!hasParameter(cmdline, when.cmdline)) return false;
  }
  if (when.cell) {
    const has = cell && hasTrait(cell, when.cell);
    if (has === null) lacking.push(cell ? 'system' : 'cell');
    else if (!has) return false;
  }
  if (when.initrd) {
    if (initrd === null) lacking.push('initrd');
    else if (initrd === 'none') return false;
  }
  return lacking.length === 0 || { lacking };
}
