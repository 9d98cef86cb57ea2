import type { Diagnostic } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { describeSize } from '../base/address.ts';
import { knownOf, lastLines } from '../boot/finding.ts';
import { NOT_SHOWN, verdictOf } from '../boot/result.ts';
import type { Boot } from '../inputs/boot/types.ts';
import { explanationFacts, findingFacts, reportFacts } from '../reports/json.ts';
import { encodeJunit } from '../reports/junit.ts';
import type { Report } from '../reports/output-schema.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { subjectTitle } from '../reports/report.ts';
import { factsOf } from './facts.ts';
import { placed, type Findings } from '../reports/findings.ts';
import { toJson, type Colors, type Look } from './output.ts';
import { renderDiagnostic } from './report.ts';

/** A cell that was started, or that was not. */
export interface Booted {
  /** Its bundle or manifest, or its machine file. */
  file: string;
  /** Among the cells of a machine; `null`: the file is of one cell, or is meant as a whole. */
  cell: string | null;
  /** Of a manifest, what was found before. */
  findings: Findings | null;
  /** `skipped`: it has no Linux; `null`: the manifest has errors, and was not started. */
  boot: Boot | 'skipped' | null;
  code: ExitCode;
}

/** `board.tar (linux)` */
export const titleOf = ({ file, cell }: Pick<Booted, 'file' | 'cell'>): string =>
  subjectTitle(cell === null ? { file } : { file, part: cell });

const seconds = (value: number): string => `${value.toFixed(1)} s`;

const MIB = 1n << 20n;

function usageText({ qemu }: Boot): string {
  if (qemu === null) return '';
  const memory = qemu.memory === null ? '' : `, ${describeSize((BigInt(qemu.memory) / MIB) * MIB)}`;
  return ` (${seconds(qemu.elapsed)}, ${seconds(qemu.cpu)} of CPU${memory}, QEMU ${qemu.version})`;
}

const WORDS = {
  booted: 'boots',
  died: 'does not boot',
  refused: 'cannot be loaded',
  undecided: 'is undecided',
  'not-run': 'was not started',
} as const;

const WITHOUT_LINUX = 'it has no Linux';

export const renderSkipped = (title: string, colors: Colors): string =>
  `${colors.bold(printable(title))} was not started: ${WITHOUT_LINUX}`;

/** A cell that was started, or has no Linux, in full; of errors before that, nothing. */
export function renderBooted(booted: Booted, look: Look): string[] {
  const { boot } = booted;
  if (boot === null) return [];
  const title = titleOf(booted);
  return boot === 'skipped' ? [renderSkipped(title, look)] : renderBoot(title, boot, look);
}

/** A boot in full: what is wrong, the last lines of the console, the verdict, and what it does not show. */
export function renderBoot(file: string, boot: Boot, look: Look): string[] {
  const { problem, architecture } = boot;
  const verdict = verdictOf(problem);
  const texts: string[] = [];
  if (problem !== null) {
    const known = knownOf(boot).map(([label, text]) => [label, printable(text)] as const);
    texts.push(renderDiagnostic(file, problem, look, null, known));
    const last = lastLines(boot);
    if (last.length > 0) {
      texts.push(look.dim('  the guest printed last:'), ...last.map((line) => `    ${printable(line)}`));
    }
  }
  const paint = verdict === 'booted' ? look.green : look.red;
  const line = verdict === 'booted' && boot.line !== null ? `: ${printable(boot.line)}` : '';
  texts.push(`${look.bold(printable(file))} ${paint(WORDS[verdict])}${line}${usageText(boot)}`);
  if (boot.qemu === null) return texts;
  const note = (label: string, text: string): void =>
    void texts.push(`  ${look.dim(`${label}:`.padEnd(10))} ${text}`);
  if (verdict === 'booted' && boot.console.length === 0) {
    note('note', 'the guest printed nothing: is there a console= for a UART that the cell owns?');
  }
  for (const each of boot.assumed) note('assumed', printable(each));
  if (boot.usesStandIn) note('loader', 'one that does the same as Jailhouse’s (--loader takes another)');
  note('not shown', NOT_SHOWN[architecture!].join('; '));
  if (boot.repro !== null) note('repro', printable(boot.repro));
  return texts;
}

const bootOf = ({ boot }: Booted): Boot | null => (boot === 'skipped' ? null : boot);

function problemsOf(booted: Booted): Diagnostic[] {
  const problem = bootOf(booted)?.problem;
  return problem ? [problem] : [];
}

/** A boot for machines; `null`: there was none. */
export const bootFacts = (boot: Boot | null): NonNullable<Report<'build'>['subjects'][number]['boot']> => ({
  architecture: boot?.architecture ?? null,
  verdict: boot === null ? 'not-run' : verdictOf(boot.problem),
  line: boot?.line ?? null,
  userSpace: boot?.userSpace ?? null,
  explanations: (boot?.explanations ?? []).map(explanationFacts),
  console: [...(boot?.console ?? [])],
  assumed: [...(boot?.assumed ?? [])],
  notShown: boot?.architecture ? [...NOT_SHOWN[boot.architecture]] : [],
  loader: boot?.qemu ? (boot.usesStandIn ? 'built-in' : 'given') : null,
  qemu: boot?.qemu ?? null,
  repro: boot?.repro ?? null,
});

function subjectOf(booted: Booted): Report<'boot'>['subjects'][number] {
  const { file, cell, code } = booted;
  const boot = bootOf(booted);
  return {
    file,
    ok: code === EXIT.fine,
    name: boot?.name ?? cell,
    cell,
    ...bootFacts(boot),
    ...(booted.boot === 'skipped' ? { verdict: 'skipped' } : {}),
  };
}

/** The report on all of them, for other programs. */
export async function bootReport(all: readonly Booted[], format: 'json' | 'junit'): Promise<string> {
  if (format === 'json') {
    const findings = all.flatMap((booted) => [
      ...(booted.findings === null ? [] : factsOf(booted.findings)),
      ...problemsOf(booted).map((problem) => findingFacts(problem, booted.file)),
    ]);
    const ok = all.every(({ code }) => code === EXIT.fine);
    return `${toJson(reportFacts('boot', { ok, findings, subjects: all.map(subjectOf) }))}\n`;
  }
  const subjects = all.map((booted) => {
    const { file, cell, findings } = booted;
    // Of a manifest that was started in spite of its errors, the boot alone decides.
    const checked = findings !== null && booted.boot === null ? findings.diagnostics : [];
    return {
      file,
      ...(cell === null ? {} : { part: cell }),
      ...(booted.boot === 'skipped' ? { skipped: WITHOUT_LINUX } : {}),
      findings: [
        ...checked.map((diagnostic) => placed(findings!, diagnostic)),
        ...problemsOf(booted).map((diagnostic) => ({
          diagnostic,
          place: { file, line: null, column: null },
          related: null,
        })),
      ],
    };
  });
  return encodeJunit({ failsFrom: 'error', subjects, rules: [] }, 'boot');
}
