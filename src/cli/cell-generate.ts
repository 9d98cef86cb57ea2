import type { Command } from 'commander';
import { join } from 'node:path';
import { printable } from '../base/text.ts';
import { failure, hasErrors, InputError, type Diagnostic } from '../base/diagnostic.ts';
import { writeAtomically } from '../inputs/atomic-file.ts';
import { LIMITS, readWhole, seeFile } from '../inputs/files.ts';
import { prepareWish } from '../inputs/generate.ts';
import { InputStore } from '../inputs/store.ts';
import { digestOf, madeFiles, REPORT_JSON, type MadeFile } from '../machine/files.ts';
import { findingFacts } from '../reports/json.ts';
import type { Report } from '../reports/output-schema.ts';
import { unfinishedFiles } from './cleanup.ts';
import { formatOf, once, withFormat, type Finish } from './command.ts';
import { EXIT, UsageError, type ExitCode, type Format } from './exit.ts';
import { factsOf } from './facts.ts';
import type { Findings } from '../reports/findings.ts';
import { readManifest } from '../inputs/manifest-file.ts';
import { lookFor, print, printLine, printReport } from './output.ts';
import { renderBriefly, verdict } from './report.ts';

interface GenerateOptions {
  output?: string;
  force?: true;
  check?: true;
  init?: true;
  format: Format;
}

type FileFacts = Report<'cell generate'>['subjects'][number]['files'][number];

/** A file of the folder as it is; `null` if it is not there. */
async function readThere(path: string): Promise<Uint8Array | null> {
  try {
    return await readWhole(await seeFile(path, path), LIMITS.deviceTree);
  } catch (error) {
    // An empty file is one that somebody made.
    if (error instanceof InputError && error.diagnostic.code === 'input/empty') return new Uint8Array(0);
    if (error instanceof InputError && error.diagnostic.code === 'input/unreadable') return null;
    throw error;
  }
}

/** Digests of what was made before, by the names of the files. */
function digestsIn(report: Uint8Array | null): ReadonlyMap<string, string> {
  try {
    const { files } = JSON.parse(new TextDecoder().decode(report ?? undefined)) as { files?: object };
    return new Map(Object.entries(files ?? {}).filter(([, digest]) => typeof digest === 'string'));
  } catch {
    return new Map();
  }
}

interface ComparedFile extends MadeFile {
  path: string;
  state: 'same' | 'new' | 'ours' | 'edited';
}

/** How what is in the folder differs from what is made now. */
async function compare(folder: string, files: readonly MadeFile[]): Promise<ComparedFile[]> {
  const before = digestsIn(await readThere(join(folder, REPORT_JSON)));
  const compared: ComparedFile[] = [];
  for (const file of files) {
    const path = join(folder, file.name);
    const there = await readThere(path);
    const digest = there && digestOf(there);
    const isOurs = file.name === REPORT_JSON ? before.size > 0 : before.get(file.name) === digest;
    const state =
      there === null ? 'new' : digest === digestOf(file.content) ? 'same' : isOurs ? 'ours' : 'edited';
    compared.push({ ...file, path, state });
  }
  return compared;
}

const editedFinding = ({ path }: ComparedFile): Diagnostic =>
  failure('machine/edited', `${path} was changed since it was made, or was not made by this command`, {
    fix: 'change the wish instead, or give another folder; --force overwrites the file',
  });

const staleFinding = ({ path, state }: ComparedFile): Diagnostic =>
  failure('machine/stale', `${path} ${state === 'new' ? 'is missing' : 'is not what the wish gives now'}`, {
    fix: 'run `jailhouse-bundle cell generate` without --check, and check the file in',
  });

/** Compares, or writes if nothing speaks against it. */
async function settle(
  folder: string,
  files: readonly MadeFile[],
  { check = false, force = false }: { check?: boolean; force?: boolean },
): Promise<{ facts: FileFacts[]; findings: Diagnostic[] }> {
  const compared = await compare(folder, files);
  if (check) {
    const states = { same: 'unchanged', new: 'missing', ours: 'stale', edited: 'stale' } as const;
    return {
      facts: compared.map(({ path, state }) => ({ file: path, state: states[state] })),
      findings: compared.filter(({ state }) => state !== 'same').map(staleFinding),
    };
  }
  const edited = force ? [] : compared.filter(({ state }) => state === 'edited');
  if (edited.length > 0) {
    return {
      facts: edited.map(({ path }) => ({ file: path, state: 'edited' as const })),
      findings: edited.map(editedFinding),
    };
  }
  for (const { path, content, state } of compared) {
    if (state !== 'same') await writeAtomically(path, [content], unfinishedFiles);
  }
  return {
    facts: compared.map(({ path, state }) => ({
      file: path,
      state: state === 'same' ? 'unchanged' : 'written',
    })),
    findings: [],
  };
}

/** `cell generate`: the files of a cell that is made of a wish. */
export async function generate(file: string, options: GenerateOptions): Promise<ExitCode> {
  const { output, format } = options;
  if (output === undefined) {
    throw new UsageError('-o is missing: the folder for what is made', 'write it as -o generated');
  }
  const text = await readManifest(file);
  const prepared = await prepareWish(file, text, new InputStore());
  const { generation, board, diagnostics } = prepared;
  const generated = generation?.generated ?? null;
  const isMade = generated !== null && !hasErrors(diagnostics);
  const made = isMade ? madeFiles(generated, generation!, board, file) : [];
  const { facts, findings } = isMade ? await settle(output, made, options) : { facts: [], findings: [] };
  const told: Findings = { ...prepared, file, text };
  const ok = isMade && findings.length === 0;
  if (format === 'json') {
    await printReport('cell generate', {
      ok,
      findings: [...factsOf(told), ...findings.map((each) => findingFacts(each, file))],
      subjects: [{ file, ok, cell: generated?.name ?? null, files: facts }],
    });
    return ok ? EXIT.fine : EXIT.findings;
  }
  const colors = lookFor(process.stdout);
  for (const line of renderBriefly(told, colors)) await printLine(line);
  for (const line of renderBriefly({ ...told, text: null, diagnostics: findings }, colors))
    await printLine(line);
  for (const { file: path, state } of facts)
    if (state !== 'edited') await printLine(`${state.padEnd(9)} ${printable(path)}`);
  await printLine(verdict({ ...told, diagnostics: [...diagnostics, ...findings] }, colors));
  return ok ? EXIT.fine : EXIT.findings;
}

/** `cell generate --init`: a wish with what the board offers. */
async function init(system: string, board: string | undefined): Promise<ExitCode> {
  const { wishTemplate } = await import('../inputs/wish-template.ts');
  await print(await wishTemplate(system, board ?? null));
  return EXIT.fine;
}

export function define(command: Command, finish: Finish): void {
  withFormat(command)
    .description(
      'Makes a cell of a wish (cell: { generate: … }): its config in YAML, its device tree, the changed system config, what ' +
        'the root cell’s Linux needs, and a report of what was chosen and why. What cannot be known is asked for, at the ' +
        'line of the wish. The same input gives the same files.',
    )
    .argument('<file>', 'manifest, or a wish: a manifest without a kernel; with --init, the system config')
    .argument('[board]', "with --init: the board's device tree")
    .option('-o, --output <folder>', 'folder for the files', once)
    .option('--force', 'overwrite files that were changed since they were made')
    .option('--check', 'write nothing; fail if a file is not what would be made')
    .option('--init', 'print a wish with what the machine offers, and write nothing')
    .action(async (file: string, board: string | undefined, { json, ...options }) => {
      if (options.init) return finish(await init(file, board));
      if (board !== undefined) {
        throw new UsageError(
          `${board} is not expected here`,
          'name the board in the wish: `board: board.dtb`',
        );
      }
      finish(await generate(file, { ...options, format: formatOf({ ...options, json }) }));
    });
}
