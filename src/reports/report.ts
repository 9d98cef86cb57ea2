import type { FindingCode } from '../base/codes.ts';
import { SEVERITIES, type Severity } from '../base/choices.ts';
import type { Coverage } from '../checks/coverage.ts';
import type { Diagnostic } from '../base/diagnostic.ts';

/** Where something stands in a file. */
export interface Place {
  /** From the folder that the report is read in, with `/` between its parts. */
  file: string;
  /** From 1; `null`: the file as a whole. */
  line: number | null;
  /** From 1, in UTF-16 units; `null`: the line as a whole. */
  column: number | null;
}

/** `file:line:column`, as far as it is known. */
export const placeText = ({ file, line, column }: Place): string =>
  [file, line, column].filter((part) => part !== null).join(':');

/** A finding, and where it stands. */
export interface PlacedFinding {
  diagnostic: Diagnostic;
  place: Place;
  /** A second place that shows it: the kernel config's line, where `place` is in a manifest. */
  related: Place | null;
}

/** Something that was checked: a manifest, a kernel, a kernel config. */
export interface CheckedSubject {
  /** Its file, as in a {@link Place}. */
  file: string;
  /** The cell of a machine file that is in it; not there: the file as a whole. */
  part?: string;
  findings: readonly PlacedFinding[];
  /** What was checked; not there: nothing was, or it is no check of rules. */
  coverage?: Coverage;
  /** Why it was not looked at; not there: it was. */
  skipped?: string;
}

/** `board.machine.yaml (linux)` */
export const subjectTitle = ({ file, part }: Pick<CheckedSubject, 'file' | 'part'>): string =>
  part === undefined ? file : `${file} (${part})`;

/** What is known of a rule beside its findings. */
export interface RuleTexts {
  id: FindingCode;
  /** Why it matters, or what is seen where it is broken. */
  reason: string;
  fix: string;
  source: string | null;
}

/** What all reports are made from. */
export interface CheckReport {
  /** The least severity that fails. */
  failsFrom: Severity;
  subjects: readonly CheckedSubject[];
  /** At least those that have texts of their own; codes without any are described by their findings. */
  rules: readonly RuleTexts[];
}

/** 0 for the worst; findings that were waived come last. */
export const rankOf = ({ severity, waived }: Pick<Diagnostic, 'severity' | 'waived'>): number =>
  waived ? SEVERITIES.length : SEVERITIES.indexOf(severity);

/** Whether a finding fails the check. */
export const isFailing = ({ severity, waived }: Diagnostic, failsFrom: Severity): boolean =>
  !waived && SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(failsFrom);
