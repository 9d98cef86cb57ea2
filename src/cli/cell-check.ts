import { checkMachine, type CellFinding } from '../checks/cell/check.ts';
import { parseCellConfig } from '../formats/cell/config.ts';
import { configKind, type ConfigKind } from '../formats/cell/identify.ts';
import { parseSystemConfig } from '../formats/cell/system.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import { hasErrors, InputError, type Diagnostic } from '../base/diagnostic.ts';
import type { Waiver } from '../manifest/types.ts';
import { readWhole, seeFile } from '../inputs/files.ts';
import { LIMITS } from '../inputs/limits.ts';
import { rankOf } from '../reports/report.ts';
import { tally } from '../reports/verdict.ts';
import { applyWaivers } from '../checks/waivers.ts';
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

const KINDS = {
  cell: { name: 'a cell config', parse: parseCellConfig },
  system: { name: 'a system config', parse: (bytes: Uint8Array) => parseSystemConfig(bytes) },
} as const;

/** @throws InputError `cell/wrong-kind` */
function checkKind(file: string, wanted: ConfigKind, actual: ConfigKind): void {
  if (actual === wanted) return;
  throw new InputError('cell/wrong-kind', `${file} is ${KINDS[actual].name}, not ${KINDS[wanted].name}`, {
    fix: 'name the system config of the machine first, then its cells',
  });
}

/** A config in either form; `null` where its description has problems, which are reported. */
async function readConfig(file: string, wanted: ConfigKind): Promise<CellConfig | SystemConfig | null> {
  const bytes = await readWhole(await seeFile(file, file), LIMITS.config);
  const kind = configKind(bytes);
  if (kind === null) {
    // Descriptions need libraries that take longer to load than all of the check.
    const { loadConfig } = await import('./cell-files.ts');
    const config = (await loadConfig(file, {}))?.config ?? null;
    if (config) checkKind(file, wanted, config.kind);
    return config;
  }
  checkKind(file, wanted, kind);
  try {
    return KINDS[wanted].parse(bytes);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { code, message, severity: _, ...more } = error.diagnostic;
    throw new InputError(code, `${file}: ${message}`, more);
  }
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
  const system = await readConfig(systemFile, 'system');
  const read: (CellConfig | SystemConfig | null)[] = [];
  for (const file of cellFiles) read.push(await readConfig(file, 'cell'));
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
