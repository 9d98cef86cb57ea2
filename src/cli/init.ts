import { dirname, join } from 'node:path';
import { Option, type Command } from 'commander';
import type { Architecture } from '../base/choices.ts';
import { InputError } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { layoutIdOf, type Versioned } from '../formats/cell/layout-ids.ts';
import { isThere, writeAtomically, writeNew } from '../inputs/atomic-file.ts';
import type { DraftedFiles } from '../inputs/draft.ts';
import type { Draft } from '../manifest/draft.ts';
import { manifestTemplate } from '../manifest/template.ts';
import { checkLine } from './check-options.ts';
import { unfinishedFiles } from './cleanup.ts';
import { architectureOption, collect, layoutOption, once, STDOUT, type Finish } from './command.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { print, printNote, toJson } from './output.ts';
import { identify, overwritten } from './overwrite.ts';

interface InitOptions {
  arch?: Architecture;
  cell?: string;
  kernel?: string;
  config?: string;
  initrd?: string[];
  dtb?: string;
  system?: string;
  layout?: Versioned;
  from?: string;
  force?: true;
}

/** What the line of a shell says, in the place of options. */
async function fromLine(line: string, { system, config }: InitOptions) {
  const { parseUpstreamLine } = await import('./upstream-line.ts');
  const { cell, kernel, options, left, ...found } = parseUpstreamLine(line);
  checkLine('the command line of --from', options.cmdline);
  const files: DraftedFiles = {
    cell,
    kernel,
    config: config ?? null,
    initrd: options.initrd === undefined ? [] : [options.initrd],
    dtb: options.dtb ?? null,
    system: system ?? found.system,
    layout: options.layout ? layoutIdOf(options.layout) : null,
    architecture: options.arch ?? null,
    cmdline: options.cmdline,
  };
  return { files, left };
}

const fromOptions = ({
  cell,
  kernel,
  config,
  initrd,
  dtb,
  system,
  layout,
  arch,
}: InitOptions): DraftedFiles => ({
  cell: cell ?? null,
  kernel: kernel ?? null,
  config: config ?? null,
  initrd: initrd ?? [],
  dtb: dtb ?? null,
  system: system ?? null,
  layout: layout ? layoutIdOf(layout) : null,
  architecture: arch ?? null,
  cmdline: null,
});

const namedIn = ({ cell, kernel, config, initrd, dtb, system }: DraftedFiles): string[] =>
  [cell, kernel, config, ...initrd, dtb, system].filter((file) => file !== null);

async function checkNames(file: string, files: DraftedFiles): Promise<void> {
  const named = namedIn(files);
  if (named.includes(''))
    throw new UsageError("a file is named ''", 'give its path, or leave the option out');
  const input = await overwritten(file, await identify(named));
  if (input === null) return;
  throw new UsageError(
    `${file} is ${input}, which the manifest would name`,
    'write the manifest to another file',
  );
}

async function write(file: string, text: string, isForced: boolean): Promise<boolean> {
  const bytes = new TextEncoder().encode(text);
  if (!isForced) return writeNew(file, bytes);
  await writeAtomically(file, [bytes], unfinishedFiles);
  return true;
}

const exists = (file: string): InputError =>
  new InputError('init/exists', `${file} already exists`, {
    fix: 'name another file, or replace it with --force',
  });

/** The `$schema` of a manifest in `folder`; without an installed package, the schema is written there. */
async function schemaFor(folder: string, canWrite: boolean, isForced: boolean): Promise<string | null> {
  const { installedSchema, SCHEMA_BESIDE, writeSchema } = await import('../inputs/editor-schema.ts');
  const installed = await installedSchema(folder);
  if (installed !== null || !canWrite) return installed;
  const { manifestJsonSchema } = await import('../manifest/json-schema.ts');
  const file = join(folder, SCHEMA_BESIDE);
  const text = `${toJson(manifestJsonSchema())}\n`;
  const became = await writeSchema(file, text, unfinishedFiles, isForced);
  const name = printable(file);
  if (became === 'written') await printNote(`${name} is written, for editors`);
  if (became === 'kept')
    await printNote(`${name} is there, and not that of this version; --force replaces it`);
  return `./${SCHEMA_BESIDE}`;
}

/** What is still to be done by hand. */
function nextStep(file: string, { cell, kernel, config, dtb, ...draft }: Omit<Draft, 'schema'>): string {
  const isArm = draft.architecture !== null && draft.architecture !== 'x86';
  const open = [
    ...(cell === null ? ['cell'] : []),
    ...(kernel === null ? ['kernel.image'] : []),
    ...(config === null && draft.hasConfig === false ? ['kernel.config'] : []),
    ...(isArm && dtb === null ? ['dtb'] : []),
  ];
  const name = printable(file);
  const fill = open.length === 0 ? '' : `fill in ${open.join(', ')}, then `;
  return `${name} is written; ${fill}run: jailhouse-bundle check ${name}`;
}

/** What is said beside the manifest. */
async function tell(missing: readonly string[], left: readonly string[]): Promise<void> {
  for (const each of missing) {
    await printNote(`${printable(each)} is not here: put it there, or change its path in the manifest`);
  }
  if (left.length === 0) return;
  await printNote(['not in the manifest:', ...left.map((each) => `  ${printable(each)}`)].join('\n'));
}

/** `init`: a commented manifest, with what files or a line of a shell tell. */
export async function init(file: string, options: InitOptions): Promise<ExitCode> {
  const isForced = options.force === true;
  const isStdout = file === STDOUT;
  const { files, left } =
    options.from === undefined
      ? { files: fromOptions(options), left: [] }
      : await fromLine(options.from, options);
  if (!isStdout) {
    await checkNames(file, files);
    if (!isForced && (await isThere(file))) throw exists(file);
  }
  const folder = isStdout ? '.' : dirname(file);
  const { draftManifest } = await import('../inputs/draft.ts');
  const { draft, missing } = await draftManifest(files, folder, options.from !== undefined);
  const text = manifestTemplate({ ...draft, schema: await schemaFor(folder, !isStdout, isForced) });
  if (isStdout) await print(text);
  else if (!(await write(file, text, isForced))) throw exists(file);
  await tell(missing, left);
  if (!isStdout) await printNote(nextStep(file, draft));
  return EXIT.fine;
}

const EXAMPLES = `
Examples:
  jailhouse-bundle init
  jailhouse-bundle init --cell linux.cell --kernel bzImage --initrd initrd.gz
  jailhouse-bundle init --from 'jailhouse cell linux a.cell bzImage -c quiet'`;

const OF_LINE = ['arch', 'cell', 'kernel', 'initrd', 'dtb', 'layout'];

export function define(command: Command, finish: Finish): void {
  command
    .description(
      'Writes a manifest with every key explained, filled in with what the named files say. Asks nothing, and ' +
        'overwrites nothing without --force.',
    )
    .argument('[file]', 'file to write; - is standard output', 'linux.cell.yaml')
    .addOption(architectureOption('architecture, if no file says it'))
    .option('--cell <file>', 'the cell (*.cell or YAML)', once)
    .option('--kernel <file>', 'kernel image (bzImage, Image, Image.gz, zImage)', once)
    .option('--config <file>', 'its .config (default: the one built into the kernel)', once)
    .option('--initrd <file>', 'initrd; may be repeated, and is joined in order', collect)
    .option('--dtb <file>', "the cell's device tree (arm, arm64)", once)
    .option('--system <file>', "the root cell's system config", once)
    .addOption(layoutOption())
    .addOption(
      new Option(
        '--from <line>',
        'take all that from a line for a shell: jailhouse cell linux ...',
      ).conflicts(OF_LINE),
    )
    .option('--force', 'replace the file if it is there')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, options: InitOptions) => {
      finish(await init(file, options));
    });
}
