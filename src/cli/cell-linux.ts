import { InvalidArgumentError, type Command } from 'commander';
import { architectureOption, layoutOption, type Finish } from './command.ts';
import { basename, dirname, join } from 'node:path';
import { agreedArchitecture, supportOf } from '../placement/architectures.ts';
import type { Versioned } from '../formats/cell/layout-ids.ts';
import { cellName, parseCellConfig } from '../formats/cell/config.ts';
import { type Diagnostic, hasErrors, InputError, reworded } from '../base/diagnostic.ts';
import { openKernel } from '../formats/kernel/open.ts';
import { writeAtomically } from '../inputs/atomic-file.ts';
import { LIMITS, readWhole, seeFile } from '../inputs/files.ts';
import type { ArchitectureSupport } from '../placement/architecture.ts';
import { loadCommands } from '../placement/commands.ts';
import type { PlanRequest } from '../placement/request.ts';
import type { Architecture } from '../base/choices.ts';
import { printableLines } from '../base/text.ts';
import type { ImageRole, Plan } from '../placement/types.ts';
import { unfinishedFiles } from './cleanup.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { lookFor, printLine, printNote } from './output.ts';
import { identify, overwritten } from './overwrite.ts';
import { renderDiagnostic } from './report.ts';

/** What the tool of Jailhouse takes. */
export interface UpstreamOptions {
  initrd?: string;
  cmdline: string;
  writeParams?: string;
  arch?: Architecture;
  layout?: Versioned;
  dtb?: string;
  kernelDecompFactor?: number;
}

function checkText(cmdline: string): void {
  const bad = /\p{Cc}|\ufffd/u.exec(cmdline.replaceAll('\t', ' '))?.[0];
  if (bad === undefined) return;
  const what = bad === '\ufffd' ? 'is not UTF-8' : `holds the control character ${JSON.stringify(bad)}`;
  throw new InputError('cmdline/character', `the kernel command line ${what}`, {
    fix: 'a command line is one line of UTF-8 text',
  });
}

/** The printed commands name the files: a shell takes such a name, but no terminal shows it. */
function checkNames(files: readonly string[]): void {
  const bad = files.find((file) => printableLines(file) !== file);
  if (bad === undefined) return;
  throw new UsageError(
    `the name '${bad}' has a character that the printed commands cannot show`,
    'rename the file, or its folder',
  );
}

async function checkOutput(output: string, inputs: readonly string[]): Promise<void> {
  const input = await overwritten(output, await identify(inputs));
  if (input === null) return;
  throw new UsageError(`-w ${output} would overwrite ${input}`, 'write the params image to another file');
}

/** What is wrong with the content of a file is told with the file's name. */
async function readAs<T>(
  file: string,
  limit: number,
  parse: (content: Uint8Array) => T | Promise<T>,
): Promise<T> {
  const content = await readWhole(await seeFile(file, file), limit);
  try {
    return await parse(content);
  } catch (error) {
    throw reworded(error, ({ message }) => ({ message: `${file}: ${message}` }));
  }
}

/** @throws InputError where `-a`, the cell and this version do not agree */
function wantedArchitecture(arch: Architecture | undefined, cell: Architecture | null): Architecture | null {
  const wanted = arch ?? cell;
  if (cell !== null && wanted !== null && wanted !== cell) {
    throw new InputError('cell/architecture', `-a says ${wanted}, the cell config says ${cell}`, {
      requested: wanted,
      actual: cell,
      fix: 'leave -a out, or give the right cell config',
    });
  }
  return wanted;
}

const addressOf = ({ load }: Plan, role: ImageRole): bigint | null =>
  load.find((item) => item.kind === 'image' && item.role === role)?.address ?? null;

/** The factor that puts the initrd where `exact` placement would, or next to it. */
function fixingFactor(support: ArchitectureSupport, request: PlanRequest, exact: Plan): number | null {
  const kernel = addressOf(exact, 'kernel');
  const initrd = addressOf(exact, 'initrd');
  if (kernel === null || initrd === null) return null;
  const near = Number((initrd - kernel) / BigInt(request.kernel.image.size));
  const factors = [near - 1, near, near + 1].filter((factor) => factor > 0);
  const fixes = (decompressionFactor: number): boolean =>
    !hasErrors(support.plan({ ...request, decompressionFactor }).diagnostics);
  return factors.find(fixes) ?? null;
}

/** What would make a layout bootable that upstream's placement does not. */
function fixFor(support: ArchitectureSupport, request: PlanRequest): string {
  const { plan: exact, diagnostics } = support.plan({ ...request, placement: 'exact' });
  if (exact === null || hasErrors(diagnostics)) {
    return 'neither -k nor `jailhouse-bundle build` fixes it: change the cell, the kernel or the command line as described above';
  }
  const factor = fixingFactor(support, request, exact);
  return factor === null
    ? "`jailhouse-bundle build` fixes it, because it plans from the kernel's own sizes; no value of -k does"
    : `-k ${factor} fixes it; so does \`jailhouse-bundle build\`, which plans from the kernel's own sizes`;
}

/** Upstream's commands name the unpacked kernel so, and nobody makes it: here it is written beside the params. */
const unwrappedName = (kernelFile: string, params: string): string =>
  join(dirname(params), `${basename(kernelFile)}-unzipped`);

/** `cell-linux`: the params image and the load commands of `jailhouse cell linux`, without its machine. */
export async function cellLinux(
  cellFile: string,
  kernelFile: string,
  options: UpstreamOptions,
): Promise<ExitCode> {
  const { initrd, dtb, cmdline, writeParams } = options;
  if (writeParams === '') {
    throw new UsageError("-w needs a file, not ''", 'name the file that the params image goes to');
  }
  if (writeParams === undefined) {
    throw new UsageError(
      'cell-linux needs -w FILE: it writes the params image and prints the commands, and never starts a cell itself',
      'add -w PARAMS, then run the printed commands on the target',
    );
  }
  const inputs = [cellFile, kernelFile, initrd, dtb].filter((file) => file !== undefined);
  checkNames([...inputs, writeParams]);
  await checkOutput(writeParams, inputs);
  checkText(cmdline);

  const { cell, name } = await readAs(cellFile, LIMITS.config, (content) => {
    const config = parseCellConfig(content, options.layout);
    return { cell: config, name: cellName(config) };
  });
  const wanted = wantedArchitecture(options.arch, cell.architecture);
  const kernel = await readAs(kernelFile, LIMITS.kernel, openKernel);
  const support = supportOf(agreedArchitecture(wanted, kernel.architecture));
  const request: PlanRequest = {
    cell,
    kernel,
    initrdSize: initrd === undefined ? null : BigInt((await seeFile(initrd, initrd)).size),
    dtb: dtb === undefined ? null : await readWhole(await seeFile(dtb, dtb), LIMITS.deviceTree),
    cmdline,
    placement: 'upstream',
    decompressionFactor: options.kernelDecompFactor ?? null,
    loaderSize: null,
    system: null,
    config: null,
  };
  const { plan, diagnostics } = support.plan(request);

  const colors = lookFor(process.stderr);
  const tell = (diagnostic: Diagnostic): Promise<void> =>
    printNote(renderDiagnostic('', diagnostic, colors, null));
  for (const diagnostic of diagnostics)
    await tell(plan === null ? diagnostic : { ...diagnostic, severity: 'warning' });
  if (plan === null) return EXIT.findings;
  if (hasErrors(diagnostics)) {
    await tell({
      code: 'cell-linux/unbootable',
      severity: 'warning',
      message: "a cell with these parameters would not boot; they are written as upstream's tool writes them",
      fix: fixFor(support, request),
    });
  }

  const shownKernel = kernel.wrapping === null ? kernelFile : unwrappedName(kernelFile, writeParams);
  if (kernel.wrapping !== null) {
    await checkOutput(shownKernel, inputs);
    await writeAtomically(shownKernel, [kernel.file], unfinishedFiles);
  }
  await writeAtomically(writeParams, [plan.params], unfinishedFiles);
  const commands = loadCommands(name, cellFile, plan.load, {
    loader: 'linux-loader.bin',
    kernel: shownKernel,
    ...(initrd === undefined ? {} : { initrd }),
    params: writeParams,
  });
  for (const command of commands) await printLine(command);
  return EXIT.fine;
}

function parseFactor(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number, 0 or more.');
  return Number(text);
}

/** The arguments of `jailhouse cell linux`, and our own for binary configs. */
export const withUpstreamArguments = (command: Command): Command =>
  command
    .argument('<cellconfig>', 'cell config (*.cell)')
    .argument('<kernel>', 'kernel image (bzImage, Image, Image.gz, zImage)')
    .option('-i, --initrd <file>', 'initrd')
    .option('-d, --dtb <file>', 'device tree of the cell (arm, arm64)')
    .option('-c, --cmdline <string>', 'kernel command line', '')
    .option('-w, --write-params <file>', 'file for the params image')
    .addOption(architectureOption('architecture, if the cell config does not name it'))
    .addOption(layoutOption())
    .option(
      '-k, --kernel-decomp-factor <n>',
      'room to keep for the kernel to unpack itself, in sizes of the kernel file: the initrd is placed after it; ' +
        '0 chooses it by the compression',
      parseFactor,
    );

export function define(command: Command, finish: Finish): void {
  withUpstreamArguments(
    command.description(
      "Takes the arguments of `jailhouse cell linux`, writes the params image that the tool of the cell's Jailhouse " +
        'release would write, and prints the load commands. It never touches a running hypervisor, so -w is required.',
    ),
  ).action(async (cellConfig: string, kernel: string, options: UpstreamOptions) => {
    finish(await cellLinux(cellConfig, kernel, options));
  });
}
