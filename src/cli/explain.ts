import type { Command } from 'commander';
import { formatOf, withFormat, type Finish } from './command.ts';
import { diagnosticOf, InputError } from '../base/diagnostic.ts';
import { explainLog } from '../explain/explain.ts';
import type { Explanation, LogReport } from '../explain/types.ts';
import { parseLog } from '../explain/log.ts';
import { fileFault } from '../inputs/fault.ts';
import { LIMITS, readWhole, seeFile } from '../inputs/files.ts';
import { explanationFacts, findingFacts } from '../reports/json.ts';
import { plural, printable } from '../base/text.ts';
import { EXIT, type ExitCode, type Format } from './exit.ts';
import { lookFor, printLine, printReport, type Colors } from './output.ts';

/** @throws InputError `input/unreadable`, `input/too-large`, `input/empty` */
async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > LIMITS.log) {
        throw new InputError('input/too-large', `the standard input has more than ${LIMITS.log} bytes`, {
          fix: 'give the part of the log in which the cell is created and started',
        });
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw fileFault('input/unreadable', 'cannot read the standard input', error);
  }
  if (size === 0) {
    throw new InputError('input/empty', 'the standard input is empty', { fix: 'pipe a log into it' });
  }
  return Buffer.concat(chunks);
}

function render(file: string, explanation: Explanation, colors: Colors): string {
  const { line, count, text, meaning, rules, fix, source } = explanation;
  const facts: readonly (readonly [string, string])[] = [
    ['means', meaning],
    ['fix', fix],
    ['checks', rules.length > 0 ? rules.join(', ') : 'none: only the target shows it'],
    ['source', source],
  ];
  const times = count > 1 ? colors.dim(` (${count} times)`) : '';
  return [
    `${colors.bold(`${printable(file)}:${line}:`)} ${printable(text)}${times}`,
    ...facts.map(([label, fact]) => `  ${colors.dim(`${label}:`.padEnd(8))} ${printable(fact)}`),
  ].join('\n');
}

const readLog = async (file: string): Promise<Uint8Array> =>
  file === '-' ? readStandardInput() : readWhole(await seeFile(file, file), LIMITS.log);

/** `explain`: what is known of the lines of a log; `-` is standard input. Not to know any is no failure. */
export async function explain(file: string, format: Format): Promise<ExitCode> {
  let log: LogReport;
  try {
    log = explainLog(parseLog(await readLog(file)));
  } catch (error) {
    if (format === 'text') throw error;
    const findings = [findingFacts(diagnosticOf(error), file)];
    const subjects = [
      { file, ok: false, lines: null, summary: null, release: null, explanations: null, omitted: 0 },
    ];
    await printReport('explain', { ok: false, findings, subjects });
    return EXIT.findings;
  }
  const { lines, known, summary, release, explanations, omitted } = log;
  if (format === 'json') {
    await printReport('explain', {
      ok: true,
      findings: [],
      subjects: [
        {
          file,
          ok: true,
          lines,
          summary,
          release,
          explanations: explanations.map(explanationFacts),
          omitted,
        },
      ],
    });
    return EXIT.fine;
  }
  const colors = lookFor(process.stdout);
  for (const each of explanations) await printLine(`${render(file, each, colors)}\n`);
  const many = plural(lines, 'line');
  await printLine(
    known === 0
      ? `${printable(file)}: no known line in ${many}`
      : `${printable(file)}: ${known} known of ${many}`,
  );
  return EXIT.fine;
}

export function define(command: Command, finish: Finish): void {
  withFormat(command)
    .description(
      'Finds the known lines of a hypervisor or kernel log, and says for each what happened, how to fix it, and which ' +
        'checks find the fault before the cell starts. Exits with 0 even if no line is known.',
    )
    .argument('<file>', 'a log; - is standard input')
    .action(async (file: string, options) => {
      finish(await explain(file, formatOf(options)));
    });
}
