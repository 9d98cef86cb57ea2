import type { Party } from '../checks/cell/scene.ts';
import { dumpFacts } from './dumps/describe.ts';
import { DUMP_FACTS } from './dumps/fact.ts';
import { readDump, type Dump } from './dumps/read.ts';
import { modeOf } from './dumps/x86-code.ts';
import { KINDS } from './kinds/index.ts';
import { exitOf, lineFacts } from './line-facts.ts';
import { citedFindings } from './resolve/findings.ts';
import { nameCode } from './resolve/images.ts';
import { nameLine } from './resolve/lines.ts';
import type { KnownFinding, Machine } from './resolve/machine.ts';
import { numbersOf } from './resolve/numbers.ts';
import { ownerOf } from './resolve/owner.ts';
import type { Explanation, LogReport } from './types.ts';

/** Every Linux prints lines of these kinds: they are told where configs say something of them. */
const isOrdinary = (id: string): boolean => KINDS.find((kind) => kind.id === id)?.isOrdinary === true;

/** `config`: from the configs that were given; `line`: from the line itself; else from the registers that follow it. */
export const DETAIL_KINDS = ['config', 'line', ...DUMP_FACTS] as const;

/** What is behind the numbers of a line, in a sentence. */
interface Detail {
  about: (typeof DETAIL_KINDS)[number];
  text: string;
}

/** A known line of a log, and what its numbers are about. */
export interface DetailedExplanation extends Explanation {
  details: readonly Detail[];
  /** What `check` finds of it in the files that were given. */
  findings: readonly KnownFinding[];
}

/** What is known of a log, and what its numbers are about. */
export interface DetailedReport extends LogReport {
  explanations: readonly DetailedExplanation[];
}

interface Details extends Pick<DetailedExplanation, 'details' | 'findings'> {
  /** The line in a clause that names what is at its address or port; `null`: its meaning says it. */
  short: string | null;
  /** What to do where a line does not go with the configs; `null`: it does. */
  mismatchFix: string | null;
}

/** Addresses of code that is not at a virtual address of a kernel or program yet. */
const HIGHEST_PHYSICAL = { x86: 1n << 32n, arm64: 1n << 40n, arm: 0n } as const;

/** The address of the code, if it is one of the guest's memory. */
function physicalCode(dump: Dump): bigint | null {
  const at = dump.fields.get(dump.kind === 'x86' ? 'rip' : 'pc');
  if (at === undefined || at >= HIGHEST_PHYSICAL[dump.kind]) return null;
  return dump.kind === 'x86' && modeOf(dump) === 'real' ? null : at;
}

function configDetails(machine: Machine, explanation: Explanation, dump: Dump | null) {
  const answer = ownerOf(machine, explanation);
  const owner: Party | null = answer.party;
  const numbers = numbersOf(explanation.values);
  const named = nameLine(explanation.id, { machine, owner, numbers });
  const at = dump === null ? null : physicalCode(dump);
  const code = at === null || owner === null ? [] : nameCode(machine, owner, at);
  const why = answer.party === null && answer.why !== null ? [answer.why] : [];
  return {
    texts: [...why, ...(named?.sentences ?? []), ...code],
    short: named?.short ?? null,
    fix: named?.fix ?? null,
    findings: citedFindings(machine, explanation, owner),
  };
}

function detailsOf(explanation: Explanation, machine: Machine | null): Details {
  const { id, text, values } = explanation;
  const numbers = numbersOf(values);
  const dump = readDump(explanation.dump);
  const cause = { exit: exitOf(id, text, numbers), vector: numbers.decimal('exception') };
  const known = machine === null ? null : configDetails(machine, explanation, dump);
  return {
    details: [
      ...(known?.texts ?? []).map((each): Detail => ({ about: 'config', text: each })),
      ...lineFacts(id, text, numbers).map((each): Detail => ({ about: 'line', text: each })),
      ...(dump === null ? [] : dumpFacts(dump, cause)),
    ],
    findings: known?.findings ?? [],
    short: known?.short ?? null,
    mismatchFix: known?.fix ?? null,
  };
}

/** What a line is about, and what `check` finds of it. */
export function detailed(explanation: Explanation, machine: Machine | null): DetailedExplanation {
  const { details, findings, mismatchFix } = detailsOf(explanation, machine);
  const { weight, fix } = explanation;
  const differs = weight === 'info' && mismatchFix !== null;
  return {
    ...explanation,
    weight: differs ? 'doubtful' : weight,
    fix: differs ? mismatchFix : fix,
    details,
    findings,
  };
}

/**
 * Says what the numbers of a log are about: its registers, and, where configs are known, the regions, devices and ports.
 *
 * @param machine `null`: no config is known
 */
export function withDetails(report: LogReport, machine: Machine | null = null): DetailedReport {
  const first = report.explanations.find(({ weight }) => weight === 'cause');
  const explanations = report.explanations
    .map((each) => detailed(each, machine))
    .filter(({ id, details }) => details.length > 0 || !isOrdinary(id));
  return {
    ...report,
    summary: (first && detailsOf(first, machine).short) ?? report.summary,
    explanations,
  };
}
