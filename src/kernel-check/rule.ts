import type { KconfigAssignment, Severity } from '../diagnostic.ts';
import type { Architecture } from '../plan/types.ts';
import type { KernelFacts, Profile } from './evidence.ts';

/** What a rule may look at; without it there is nothing to judge. */
export type EvidenceKind = 'config' | 'image' | 'contents' | 'cmdline' | 'cell' | 'initrd';

/** A rule that does not hold. */
export interface Breach {
  /** What is wrong; the rule's reason follows. */
  message: string;
  requested: string;
  actual: string;
  /** What shows it. */
  about: 'config' | 'image' | 'cmdline' | 'initrd' | 'cell';
  /** The symbol whose line in the config shows it. */
  symbol?: string;
  /** Instead of the rule's own, where the evidence is too thin for it, or makes it worse. */
  severity?: Severity;
  /** Instead of the rule's own fix. */
  fix?: string;
  /** What a kernel config must say to mend it. */
  mend?: readonly KconfigAssignment[];
}

/** What a rule wants: a symbol's value (one of several), or what a function finds. */
export type Wanted =
  | { symbol: string; value: string | readonly string[] }
  | {
      /** Symbols that it looks at, for the docs. */
      symbols: readonly string[];
      needs: readonly EvidenceKind[];
      judge: (facts: KernelFacts) => Breach | null;
    };

/** What a cell has or is, as conditions of rules name it. */
export type CellTrait =
  | 'several-cpus'
  | 'pci-devices'
  | 'ivshmem'
  | 'ivshmem-net'
  | 'ivshmem-uio'
  | 'ivshmem-virtio'
  | 'x2apic-forced'
  | 'small-memory';

/** When a rule applies: all that is named must hold. */
export interface RuleCondition {
  architecture: readonly Architecture[];
  /** Versions such as `4.16`; an unknown version meets neither bound's exclusion: the rule applies. */
  kernel?: { from?: string; before?: string };
  /** A parameter on the command line: `quiet`, `console=ttyS*`. */
  cmdline?: string;
  cell?: CellTrait;
  /** There is an initrd. */
  initrd?: true;
}

/** One severity, or one that changes with a kernel version; an unknown version counts as an older one. */
export type RuleSeverity = Severity | { since: string; older: Severity; newer: Severity };

export interface Rule {
  /** Stable: waivers name it. */
  id: string;
  /** Why it matters: follows what is wrong and a colon, without a full stop. */
  reason: string;
  when: RuleCondition;
  wanted: Wanted;
  severity: Readonly<Record<Profile, RuleSeverity>>;
  /** What is seen on the target when it is broken. */
  symptom: string;
  fix: string;
  /** Where the knowledge comes from. */
  source: string;
}
