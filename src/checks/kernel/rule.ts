import type { FindingCode, WaivableCode } from '../../base/codes.ts';
import type { Architecture, Profile, Severity } from '../../base/choices.ts';
import type { KconfigAssignment } from '../../base/diagnostic.ts';
import type { KernelFacts } from './evidence.ts';

/** What a rule may look at; without it there is nothing to judge. */
export type EvidenceKind = 'config' | 'image' | 'contents' | 'cmdline' | 'cell' | 'system' | 'initrd';

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
  /** Instead of the rule's own: where another finding says the same of this evidence. */
  after?: readonly FindingCode[];
  /** What a kernel config must say to fix it. */
  fixSymbols?: readonly KconfigAssignment[];
}

/** What a rule wants: values of symbols, or what a function finds. */
export type Wanted =
  | {
      /** Without `CONFIG_`; of several, each must have the value. */
      symbol: string | readonly string[];
      /** `y`, `m`, `n` (also: not mentioned), a number or a text; of several, one is enough and the first fixes. */
      value: string | readonly string[];
      /** A parameter on the command line that does as well: `nokaslr`. */
      orCmdline?: string;
      /** What kconfig needs beside it to take the first value. */
      with?: readonly KconfigAssignment[];
    }
  | {
      /** Symbols that it looks at, for the docs. */
      symbols: readonly string[];
      /** What it wants, in words for the docs; without it the docs say it in a section of its own. */
      words?: string;
      /** All of them; of a list in the list, one is enough. */
      needs: readonly (EvidenceKind | readonly EvidenceKind[])[];
      judge: (facts: KernelFacts) => Breach | null;
    };

/** What a cell has or is, as conditions of rules name it. */
export const CELL_TRAITS = [
  'several-cpus',
  'pci-devices',
  'ivshmem',
  'ivshmem-net',
  'ivshmem-uio',
  'ivshmem-virtio',
  'x2apic-forced',
  'small-memory',
] as const;
export type CellTrait = (typeof CELL_TRAITS)[number];

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

/**
 * One severity, or one that changes with a kernel version, with what the cell is, or with what the command line asks for;
 * an unknown version counts as an older one, and an unknown cell or command line as `otherwise`.
 */
export type RuleSeverity =
  | Severity
  | { since: string; older: Severity; newer: Severity }
  | { cell: CellTrait; severity: Severity; otherwise: Severity }
  | { needed: 'pci'; severity: Severity; otherwise: Severity };

export interface Rule {
  /** Stable: waivers name it. */
  id: WaivableCode;
  /** What must hold first: beside one of these findings, this one says nothing new. */
  after?: readonly FindingCode[];
  /** Why it matters: follows what is wrong and a colon, without a full stop. */
  reason: string;
  when: RuleCondition;
  wanted: Wanted;
  severity: Readonly<Record<Profile, RuleSeverity>>;
  /** What is seen on the target when it is broken; a project may not know. */
  symptom?: string;
  fix: string;
  /** Where the knowledge comes from. */
  source: string;
}
