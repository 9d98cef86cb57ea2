import { Option, type Command } from 'commander';
import { formatOf, withFormat, type Finish } from './command.ts';
import { existsSync } from 'node:fs';
import { FINDING_CODES } from '../base/codes.ts';
import { diagnosticOf, reworded } from '../base/diagnostic.ts';
import { withDetails, type DetailedExplanation, type DetailedReport } from '../explain/details.ts';
import { explainLog } from '../explain/explain.ts';
import { parseLog } from '../explain/log.ts';
import { LIMITS, readWhole, seeFile } from '../inputs/files.ts';
import { readStandardInput, STDIN } from '../inputs/stdin.ts';
import { explanationFacts, findingFacts } from '../reports/json.ts';
import { printable } from '../base/text.ts';
import { problemFacts, reportProblems } from './cell-files.ts';
import { EXIT, UsageError, type ExitCode, type Format } from './exit.ts';
import {
  readMachine,
  withMachineOptions,
  type MachineOptions,
  type MachineProblem,
} from './explain-machine.ts';
import { follow } from './explain-follow.ts';
import { explanationText, fineText, knownText } from './explain-text.ts';
import { lookFor, printLine, printReport } from './output.ts';

const EMPTY_LOG =
  'nothing was logged: give the output of `jailhouse console`, of dmesg on the target, or of its serial line; some of them need root';

const WHICH_PART = 'give the part of the log in which the cell is created and started';

async function readLog(file: string): Promise<Uint8Array> {
  if (file === STDIN) return readStandardInput(LIMITS.log, { empty: EMPTY_LOG, tooLarge: WHICH_PART });
  try {
    return await readWhole(await seeFile(file, file), LIMITS.log);
  } catch (error) {
    throw reworded(error, ({ code }) => (code === 'input/empty' ? { fix: EMPTY_LOG } : {}));
  }
}

/** What is wrong with a file of the machine, for machines and for people. */
async function reportProblemsOf(
  file: string,
  problems: readonly MachineProblem[],
  format: Format,
): Promise<void> {
  if (format === 'json') {
    const findings = problems.map((each) => problemFacts(each.file, each.text, each.problem, file));
    await printReport('explain', { ok: false, findings, subjects: [unread(file)] });
    return;
  }
  for (const each of problems) await reportProblems(each.file, each.text, [each.problem]);
}

const unread = (file: string) => ({
  file,
  ok: false,
  lines: null,
  summary: null,
  release: null,
  explanations: null,
  omitted: 0,
});

interface ExplainOptions extends MachineOptions {
  /** Standard input goes on: each explanation is printed when it is certain. */
  follow?: boolean;
}

/** `explain`: what is known of the lines of a log; `-` is standard input. Not to know any is no failure. */
export async function explain(
  file: string,
  format: Format,
  { follow: isFollowed = false, ...options }: ExplainOptions = {},
): Promise<ExitCode> {
  if (isFollowed && file !== '-') {
    throw new UsageError(
      `--follow reads a pipe, and ${printable(file)} is a file`,
      'pipe it: tail -f FILE | jailhouse-bundle explain --follow -',
    );
  }
  let report: DetailedReport;
  try {
    const { machine, problems } = await readMachine(options);
    if (problems.length > 0) {
      await reportProblemsOf(file, problems, format);
      return EXIT.findings;
    }
    if (isFollowed) return await follow(file, process.stdin, machine);
    report = withDetails(explainLog(parseLog(await readLog(file))), machine);
  } catch (error) {
    if (format === 'text' || error instanceof UsageError) throw error;
    const findings = [findingFacts(diagnosticOf(error), file)];
    await printReport('explain', { ok: false, findings, subjects: [unread(file)] });
    return EXIT.findings;
  }
  if (format === 'json') {
    const { lines, summary, release, omitted } = report;
    const explanations = report.explanations.map(explanationFacts);
    const subject = { file, ok: true, lines, summary, release, explanations, omitted };
    await printReport('explain', { ok: true, findings: [], subjects: [subject] });
    return EXIT.fine;
  }
  const colors = lookFor(process.stdout);
  if (report.summary !== null) await printLine(`${colors.bold(printable(report.summary))}\n`);
  const isFine = ({ weight }: DetailedExplanation): boolean => weight === 'info';
  for (const each of report.explanations) {
    if (!isFine(each)) await printLine(`${explanationText(file, each, colors)}\n`);
  }
  const fine = fineText(report.explanations.filter(isFine), colors);
  if (fine !== null) await printLine(`${fine}\n`);
  await printLine(knownText(file, report));
  return EXIT.fine;
}

/** The id that a finding shows, unless there is a file of that name. */
const isRule = (name: string): boolean =>
  (FINDING_CODES as readonly string[]).includes(name) && !existsSync(name);

export function define(command: Command, finish: Finish): void {
  withMachineOptions(withFormat(command))
    .description(
      'Finds the known lines of a hypervisor or kernel log, and says for each what happened, how to fix it, and which ' +
        'checks find the fault before the cell starts. With configs or a bundle it names the regions, devices and ports ' +
        'that the numbers are about. Exits with 0 even if no line is known.',
    )
    .argument('<file>', 'a log; - is standard input; or the id of a rule, which `rules` explains')
    .addOption(
      new Option(
        '--follow',
        'explain a pipe while it is written: journalctl -kf | … explain --follow -',
      ).conflicts(['json', 'format']),
    )
    .action(async (file: string, options) => {
      if (isRule(file)) {
        const { rules } = await import('./rules.ts');
        return finish(await rules(file, formatOf(options)));
      }
      finish(await explain(file, formatOf(options), options));
    });
}
