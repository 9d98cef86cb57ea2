import { isDay } from '../manifest/wording.ts';
import type { Command } from 'commander';
import { collect, formatOf, layoutOption, withFormat, type Finish } from './command.ts';
import { checkMachine, type CellFinding } from '../checks/cell/check.ts';
import { CELL_RULES } from '../checks/cell/rules/index.ts';
import type { ConfigKind } from '../formats/cell/identify.ts';
import type { Versioned } from '../formats/cell/layout-ids.ts';
import { readConfig, type DescriptionText } from '../formats/cell/read.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import {
  diagnosticOf,
  hasErrors,
  InputError,
  type Diagnostic,
  type ManifestPath,
} from '../base/diagnostic.ts';
import { documentationOf } from '../base/documentation.ts';
import type { Waiver } from '../manifest/types.ts';
import { codeFrame, lineAndColumn } from '../formats/yaml/source.ts';
import { findingFacts } from '../reports/json.ts';
import { placeText, rankOf, type Place } from '../reports/report.ts';
import { printable } from '../base/text.ts';
import { applyWaivers } from '../checks/waivers.ts';
import type { RootFiles } from '../inputs/contents.ts';
import { problemFacts, readFile, reportProblems } from './cell-files.ts';
import { checkLine } from './check-options.ts';
import { EXIT, UsageError, type ExitCode, type Format } from './exit.ts';
import { lookFor, printLine, printNote, printReport } from './output.ts';
import { checkReading, isShown, shortLine, withReading, type ReadingOptions } from './reading.ts';
import { renderAll, verdict, type Told } from './report.ts';
import { readFacts, rootFiles, withRootOptions } from './root-options.ts';

const WAIVER = /^([^=@\s]+)(?:@(\d{4}-\d{2}-\d{2}))?=(.*\S.*)$/s;

/** `cell/port-shared=a debug UART`, or `cell/port-shared@2027-12-31=until the second UART is there`. @throws UsageError */
function parseWaiver(text: string): Waiver {
  const [, rule, until, reason] = WAIVER.exec(text) ?? [];
  if (rule === undefined || reason === undefined) {
    throw new UsageError(
      `--waive '${text}' does not name a rule and a reason`,
      "write it as --waive 'RULE=REASON' or --waive 'RULE@YYYY-MM-DD=REASON'",
    );
  }
  if (until !== undefined && !isDay(until)) {
    throw new UsageError(
      `--waive: ${until} is a day that does not exist`,
      'write the last day as YYYY-MM-DD',
    );
  }
  return { rule, reason: reason.trim(), until: until ?? null };
}

const SOURCES: ReadonlyMap<string, string> = new Map(CELL_RULES.map(({ id, source }) => [id, source]));

const KINDS = { cell: 'a cell config', system: 'a system config' } as const;

interface ReadFile {
  file: string;
  /** `null`: it cannot be read. */
  config: CellConfig | SystemConfig | null;
  /** `null` for a binary file. */
  description: DescriptionText | null;
  problems: readonly Diagnostic[];
}

/** @throws InputError */
async function readAs(file: string, wanted: ConfigKind, layout?: Versioned): Promise<ReadFile> {
  const { config, problems, description } = await readConfig(await readFile(file), file, { layout });
  if (config === null || config.kind === wanted) {
    return { file, config, description, problems };
  }
  throw new InputError('cell/wrong-kind', `this is ${KINDS[config.kind]}, not ${KINDS[wanted]}`, {
    fix: 'name the system config of the machine first, then its cells',
  });
}

/** What is wrong with a file is a problem of it. */
async function readOrTell(file: string, wanted: ConfigKind, layout?: Versioned): Promise<ReadFile> {
  try {
    return await readAs(file, wanted, layout);
  } catch (error) {
    return { file, config: null, description: null, problems: [diagnosticOf(error)] };
  }
}

/** Where a finding is: in a binary file as a whole, in a description at a line. */
function placeIn(
  { file, description }: ReadFile,
  path: ManifestPath,
): { place: Place; frame: string | null } {
  if (description === null || path.length === 0) {
    return { place: { file, line: null, column: null }, frame: null };
  }
  const { text, locate } = description;
  const range = locate(path);
  return { place: { file, ...lineAndColumn(text, range.start) }, frame: codeFrame(text, range) };
}

interface CellCheckOptions extends ReadingOptions {
  /** Of the root cell's Linux. */
  root?: RootFiles;
  rootCmdline?: string | undefined;
  format: Format;
  /** `RULE=REASON` or `RULE@YYYY-MM-DD=REASON`. */
  waive: readonly string[];
  /** Of the binary files. */
  layout?: Versioned | undefined;
}

const NO_ROOT_FILES: RootFiles = { board: null, rootIomem: null, rootConfig: null };

/** `cell check`: one system config and the cells that share its machine; the report goes to standard output. */
export async function runCellCheck(
  systemFile: string,
  cellFiles: readonly string[],
  { format, waive, root = NO_ROOT_FILES, rootCmdline, layout, ...reading }: CellCheckOptions,
): Promise<ExitCode> {
  checkReading(reading, format);
  const waivers = waive.map(parseWaiver);
  checkLine('--root-cmdline', rootCmdline);
  const files = [await readOrTell(systemFile, 'system', layout)];
  for (const file of cellFiles) files.push(await readOrTell(file, 'cell', layout));
  const { facts, problems: factProblems } = await readFacts(root, rootCmdline ?? null);
  const unread = [
    ...files.flatMap(({ file, description, problems }) =>
      problems.map((problem) => ({ file, text: description?.text ?? null, problem, subject: file })),
    ),
    ...factProblems.map(({ file, problem }) => ({ file, text: null, problem, subject: null })),
  ];
  const system = files[0]!.config;
  const cells = files.slice(1).flatMap(({ config }) => (config?.kind === 'cell' ? [config] : []));
  const machine =
    system?.kind === 'system' &&
    cells.length === cellFiles.length &&
    !hasErrors(factProblems.map(({ problem }) => problem))
      ? { system, cells }
      : null;
  const all: readonly Diagnostic[] = applyWaivers(
    [
      ...unread.map(({ problem }) => problem),
      ...(machine ? checkMachine(machine.system, machine.cells, facts) : []),
    ],
    waivers,
    new Date().toISOString().slice(0, 10),
    // Nobody can say that a waiver is not needed where nothing was checked.
    { isJudged: () => machine !== null },
  );
  const problems = unread.map((each, index) => ({ ...each, problem: all[index]! }));
  const findings = all.slice(unread.length);
  const ok = machine !== null && !hasErrors(all);
  const placesOf = ({ places = [] }: Partial<CellFinding>) => {
    const inCells = places.filter(({ cell }) => cell !== null);
    const told = inCells.length > 0 ? inCells : places;
    return told.map(({ cell, path }) => placeIn(files[cell === null ? 0 : cell + 1]!, path));
  };

  if (format === 'json') {
    const told = [
      ...problems.map(({ file, text, problem, subject }) => problemFacts(file, text, problem, subject)),
      ...findings.map((finding) => {
        const places = placesOf(finding).map(({ place }) => place);
        // Of several cells, the one that is created last.
        return findingFacts(finding, places.at(-1)?.file ?? null, places, SOURCES.get(finding.code) ?? null);
      }),
    ];
    const isFailed = (file: string): boolean =>
      told.some((each) => each.subject === file && each.severity === 'error' && !each.waived);
    const subjects = files.map(({ file, config }) => ({
      file,
      ok: !isFailed(file),
      kind: config?.kind ?? null,
    }));
    await printReport('cell check', { ok, findings: told, subjects });
  } else {
    const look = lookFor(process.stdout);
    for (const { file, text, problem } of problems) {
      if (!isShown(problem, reading)) continue;
      if (reading.short)
        await printNote(shortLine(problemFacts(file, text, problem, file).places[0]!, problem));
      else await reportProblems(file, text, [problem]);
    }
    const shown = findings.filter((finding) => isShown(finding, reading));
    if (reading.short) {
      const sorted = shown.toSorted((a, b) => rankOf(b) - rankOf(a));
      for (const finding of sorted) {
        const place = placesOf(finding).at(-1)?.place ?? { file: systemFile, line: null, column: null };
        await printLine(shortLine(place, finding));
      }
    } else {
      const told = shown.map((finding): Told => {
        const places = placesOf(finding);
        const source = SOURCES.get(finding.code);
        return {
          where: places.map(({ place }) => placeText(place)).join(', '),
          diagnostic: finding,
          frame: places.at(-1)?.frame ?? null,
          more: [
            ...(source === undefined ? [] : [['source', printable(source)] as const]),
            ['docs', documentationOf(finding.code)],
          ],
          files: files.map(({ file }) => file),
        };
      });
      for (const text of renderAll(told, look)) await printLine(text);
    }
    if (!reading.quiet || !ok) await printLine(verdict({ file: systemFile, diagnostics: all }, look));
  }
  return ok ? EXIT.fine : EXIT.findings;
}

export function define(command: Command, finish: Finish): void {
  withReading(withFormat(withRootOptions(command)))
    .description(
      'Checks a system config, every cell against it, and the cells against each other: binary configs or descriptions. ' +
        'Exits with 1 if there is an error that is not waived.',
    )
    .argument('<system>', "the machine's system config")
    .argument('[cell...]', 'the cells that will run on it')
    .addOption(layoutOption())
    .option('--waive <rule=reason>', 'accept a finding; RULE@YYYY-MM-DD=REASON until that day', collect)
    .action(async (system: string, cells: string[], { waive = [], ...options }) => {
      finish(
        await runCellCheck(system, cells, {
          format: formatOf(options),
          waive,
          root: rootFiles(options),
          rootCmdline: options.rootCmdline,
          layout: options.layout,
          quiet: options.quiet,
          short: options.short,
        }),
      );
    });
}
