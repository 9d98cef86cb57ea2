import { resolve } from 'node:path';
import { agreedArchitecture, supportOf } from '../architectures.ts';
import { cellName, parseCellConfig } from '../cell/config.ts';
import { InputError, type Diagnostic } from '../diagnostic.ts';
import { parseBzImage } from '../kernel/bzimage.ts';
import { writeAtomically } from '../node/atomic-file.ts';
import { readWhole, seeFile } from '../node/files.ts';
import type { ArchitectureSupport } from '../plan/architecture.ts';
import { loadCommands } from '../plan/commands.ts';
import type { PlanRequest } from '../plan/request.ts';
import type { Architecture } from '../plan/types.ts';
import { unfinishedFiles } from './cleanup.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { colorsFor, printLine, printNote } from './output.ts';
import { renderDiagnostic } from './report.ts';

const CELL_LIMIT = 1 << 24;
const KERNEL_LIMIT = 1 << 29;
/** Upstream's largest own factor is 10; more than this is no memory that a cell has. */
const LARGEST_FACTOR = 64;

interface CellLinuxOptions {
  initrd?: string;
  cmdline: string;
  writeParams?: string;
  arch?: Architecture;
  kernelDecompFactor?: number;
}

function checkText(cmdline: string): void {
  const bad = /\p{Cc}|\ufffd/u.exec(cmdline.replaceAll('\t', ' '))?.[0];
  if (bad === undefined) return;
  const what = bad === '\ufffd' ? 'is not UTF-8' : `holds the control character ${JSON.stringify(bad)}`;
  throw new InputError('cmdline/character', `the kernel command line ${what}`, {
    hint: 'a command line is one line of UTF-8 text',
  });
}

const blocks = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(({ severity }) => severity === 'error');

/** What would make a layout bootable that upstream's placement does not. */
function remedy(support: ArchitectureSupport, request: PlanRequest): string {
  const mends = (change: Partial<PlanRequest>): boolean =>
    !blocks(support.plan({ ...request, ...change }).diagnostics);
  for (let factor = 1; factor <= LARGEST_FACTOR; factor++) {
    if (mends({ decompressionFactor: factor }))
      return `-k ${factor} mends this; so does \`jailhouse-bundle build\`, which plans from the kernel's own sizes`;
  }
  if (mends({ placement: 'exact' }))
    return "`jailhouse-bundle build` mends this: it plans from the kernel's own sizes";
  return 'no placement mends this: change the cell, the kernel or the command line as said above';
}

/** `cell-linux`: the params image and the load commands of `jailhouse cell linux`, without its machine. */
export async function cellLinux(
  cellFile: string,
  kernelFile: string,
  options: CellLinuxOptions,
): Promise<ExitCode> {
  const { initrd, cmdline, writeParams } = options;
  if (writeParams === undefined) {
    throw new UsageError(
      'cell-linux needs -w FILE: it writes the params image and prints the commands, and never starts a cell itself',
      'add -w PARAMS, then run the printed commands on the target',
    );
  }
  const inputs = [cellFile, kernelFile, ...(initrd === undefined ? [] : [initrd])];
  if (inputs.some((input) => resolve(input) === resolve(writeParams))) {
    throw new UsageError(
      `-w ${writeParams} would overwrite an input`,
      'write the params image to another file',
    );
  }
  checkText(cmdline);

  const cell = parseCellConfig(await readWhole(await seeFile(cellFile, cellFile), CELL_LIMIT));
  const name = cellName(cell);
  const file = await readWhole(await seeFile(kernelFile, kernelFile), KERNEL_LIMIT);
  const image = parseBzImage(file);
  const architecture = agreedArchitecture(options.arch ?? cell.architecture, 'x86');
  const support = supportOf(agreedArchitecture(cell.architecture, architecture));
  const request: PlanRequest = {
    cell,
    kernel: { file, image },
    initrdSize: initrd === undefined ? null : BigInt((await seeFile(initrd, initrd)).size),
    cmdline,
    placement: 'upstream',
    decompressionFactor: options.kernelDecompFactor ?? null,
    loaderSize: null,
  };
  const { plan, diagnostics } = support.plan(request);

  const colors = colorsFor(process.stderr);
  for (const diagnostic of diagnostics) {
    const softened: Diagnostic = plan ? { ...diagnostic, severity: 'warning' } : diagnostic;
    await printNote(renderDiagnostic('', softened, colors, null));
  }
  if (!plan) return EXIT.findings;
  if (blocks(diagnostics)) {
    await printNote(
      `This cell would not boot with these parameters; they are written as upstream's tool writes them.`,
    );
    await printNote(remedy(support, request));
  }

  await writeAtomically(writeParams, [plan.params], unfinishedFiles);
  const commands = loadCommands(name, cellFile, plan.load, {
    loader: 'linux-loader.bin',
    kernel: kernelFile,
    ...(initrd === undefined ? {} : { initrd }),
    params: writeParams,
  });
  for (const command of commands) await printLine(command);
  return EXIT.fine;
}
