import type { Command } from 'commander';
import { architectureOption, layoutOption, type Finish } from './command.ts';
import { printable } from '../base/text.ts';
import type { Versioned } from '../formats/cell/layout-ids.ts';
import { isDescription } from '../formats/cell/read.ts';
import { InputError } from '../base/diagnostic.ts';
import { writeAtomically } from '../inputs/atomic-file.ts';
import type { Architecture } from '../base/choices.ts';
import { readFile, reportProblems } from './cell-files.ts';
import { ARCHITECTURE, checkOutput } from './cell-output.ts';
import { unfinishedFiles } from './cleanup.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { printLine, printNote } from './output.ts';

interface DecompileOptions {
  output?: string;
  arch?: Architecture;
  layout?: Versioned;
}

/** `cell decompile`: a binary config as a description. */
export async function decompile(
  file: string,
  { output = '-', arch, layout }: DecompileOptions,
): Promise<ExitCode> {
  const bytes = await readFile(file);
  if (isDescription(bytes)) {
    throw new InputError('cell/wrong-kind', `${file} is text, not a binary config`, {
      fix: '`jailhouse-bundle cell compile` turns a description into one',
    });
  }
  checkOutput(file, output);
  const { decompileConfig } = await import('../formats/cell/yaml/decompile.ts');
  const { text, config, assumed, architecture } = decompileConfig(bytes, arch, layout);
  const { checkReading } = await import('../checks/cell/check.ts');
  await reportProblems(file, null, checkReading(config));
  if (assumed !== null) await printNote(`${printable(file)}: architecture ${architecture}, ${assumed}`);
  if (output === '-') await printLine(text.trimEnd());
  else await writeAtomically(output, [new TextEncoder().encode(text)], unfinishedFiles);
  return EXIT.fine;
}

export function define(command: Command, finish: Finish): void {
  command
    .addOption(architectureOption(ARCHITECTURE))
    .addOption(layoutOption())
    .description('Writes a cell or system config as YAML that compiles to the same bytes.')
    .argument('<file>', 'cell or system config')
    .option('-o, --output <file>', 'file to write; - is standard output', '-')
    .action(async (file: string, options) => {
      finish(await decompile(file, options));
    });
}
