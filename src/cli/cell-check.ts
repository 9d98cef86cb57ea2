import { checkMachine, type CellFinding } from '../checks/cell/check.ts';
import type { ConfigKind } from '../formats/cell/identify.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import { hasErrors, InputError, reworded, type Diagnostic } from '../base/diagnostic.ts';
import type { Waiver } from '../manifest/types.ts';
import { rankOf } from '../reports/report.ts';
import { tally } from '../reports/verdict.ts';
import { applyWaivers } from '../checks/waivers.ts';
import { loadConfig } from './cell-files.ts';
import { EXIT, UsageError, type ExitCode, type Format } from './exit.ts';
import { colorsFor, printLine, toJson } from './output.ts';
import { renderDiagnostic } from './report.ts';

const WAIVER = /^([^=@\s]+)(?:@(\d{4}-\d{2}-\d{2}))?=(.*\S.*)$/s;

/** `cell/port-shared=a debug UART`, or `cell/port-shared@2027-12-31=until the second UART is there`. @throws UsageError */
function parseWaiver(text: string): Waiver {
  const [, rule, until, reason] = WAIVER.exec(text) ?? [];
  if (rule === undefined || reason === undefined) {
    throw new UsageError(
      `--waive '${text}' names no rule and reason`,
      "write it as --waive 'RULE=REASON' or --waive 'RULE@YYYY-MM-DD=REASON'",
    );
  }
  return { rule, reason: reason.trim(), until: until ?? null };
}

const KINDS = { cell: 'a cell config', system: 'a system config' } as const;

/** Bad input of a file is told with the file's name. */
async function named<T>(file: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw reworded(error, ({ message }) => ({ message: `${file}: ${message}` }));
  }
}

/** A config in either form; `null` where its description has problems, which are reported. */
async function loadAs(file: string, wanted: ConfigKind): Promise<CellConfig | SystemConfig | null> {
  const loaded = await named(file, () => loadConfig(file, {}));
  if (loaded === null || loaded.config.kind === wanted) return loaded?.config ?? null;
  const { config } = loaded;
  throw new InputError('cell/wrong-kind', `${file} is ${KINDS[config.kind]}, not ${KINDS[wanted]}`, {
    fix: 'name the system config of the machine first, then its cells',
  });
}

interface CellCheckOptions {
  format: Format;
  /** `RULE=REASON` or `RULE@YYYY-MM-DD=REASON`. */
  waive: readonly string[];
}

/** `cell check`: one system config and the cells that share its machine; the report goes to standard output. */
export async function runCellCheck(
  systemFile: string,
  cellFiles: readonly string[],
  { format, waive }: CellCheckOptions,
): Promise<ExitCode> {
  const waivers = waive.map(parseWaiver);
  const system = await loadAs(systemFile, 'system');
  const read: (CellConfig | SystemConfig | null)[] = [];
  for (const file of cellFiles) read.push(await loadAs(file, 'cell'));
  const cells = read.filter((config) => config?.kind === 'cell');
  if (system?.kind !== 'system' || cells.length < read.length) return EXIT.findings;

  const today = new Date().toISOString().slice(0, 10);
  const findings = applyWaivers(checkMachine(system, cells), waivers, today);
  const ok = !hasErrors(findings);
  const filesOf = (finding: Diagnostic & Partial<CellFinding>): string[] =>
    finding.code.startsWith('waiver/')
      ? []
      : finding.cells === undefined || finding.cells.length === 0
        ? [systemFile]
        : finding.cells.map((index) => cellFiles[index]!);

  if (format === 'json') {
    const told = findings.map((finding) => {
      const { code, severity, message, requested, actual, symptom, fix, detail, waived } = finding;
      const files = filesOf(finding);
      return { rule: code, severity, message, requested, actual, symptom, fix: fix, detail, waived, files };
    });
    await printLine(toJson({ ok, system: systemFile, cells: cellFiles, findings: told }));
  } else {
    const colors = colorsFor(process.stdout);
    for (const finding of findings.toSorted((a, b) => rankOf(a) - rankOf(b))) {
      await printLine(`${renderDiagnostic(filesOf(finding).join(', '), finding, colors, null)}\n`);
    }
    const verdict = ok ? colors.green('passes') : colors.red('fails');
    await printLine(`${colors.bold(systemFile)} ${verdict}: ${tally(findings)}`);
  }
  return ok ? EXIT.fine : EXIT.findings;
}
