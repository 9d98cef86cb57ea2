import type { Command } from 'commander';
import { architectureOption, type Finish } from './command.ts';
import { printable } from '../base/text.ts';
import { isDescription } from '../formats/cell/read.ts';
import type { Revision } from '../formats/cell/releases.ts';
import { InputError } from '../base/diagnostic.ts';
import { writeAtomically } from '../inputs/atomic-file.ts';
import type { Architecture } from '../base/choices.ts';
import { loadConfig, readFile } from './cell-files.ts';
import { ARCHITECTURE, parseReleaseOption, RELEASE, besideInput, checkOutput } from './cell-output.ts';
import { unfinishedFiles } from './cleanup.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { printLine } from './output.ts';

interface CompileCommandOptions {
  output?: string;
  release?: Revision;
  arch?: Architecture;
}

/** `cell compile`: a description as a binary config. */
export async function compile(file: string, options: CompileCommandOptions): Promise<ExitCode> {
  const output = options.output ?? besideInput(file, '');
  if (!isDescription(await readFile(file))) {
    throw new InputError('cell/wrong-kind', `${file} is not a description (*.jailhouse.yaml)`, {
      fix: '`jailhouse-bundle cell decompile` turns a binary config into one',
    });
  }
  checkOutput(file, output);
  const loaded = await loadConfig(file, {
    ...(options.release === undefined ? {} : { revision: options.release }),
    ...(options.arch === undefined ? {} : { architecture: options.arch }),
  });
  if (loaded === null) return EXIT.findings;
  const { encodeConfig } = await import('../formats/cell/yaml/compile.ts');
  await writeAtomically(output, [encodeConfig(loaded.config)], unfinishedFiles);
  await printLine(printable(output));
  return EXIT.fine;
}

export function define(command: Command, finish: Finish): void {
  command
    .addOption(architectureOption(ARCHITECTURE))
    .description(
      'Writes the binary config of a description. If the description has an error, nothing is written.',
    )
    .argument('<file>', 'description (*.jailhouse.yaml)')
    .option('-o, --output <file>', 'file to write (default: *.cell next to the description)')
    .option(RELEASE, 'instead of the release in the description', parseReleaseOption)
    .action(async (file: string, options) => {
      finish(await compile(file, options));
    });
}
