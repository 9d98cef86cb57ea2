import { isDescription } from '../formats/cell/read.ts';
import { encodeConfig } from '../formats/cell/yaml/compile.ts';
import type { Revision } from '../formats/cell/releases.ts';
import { InputError } from '../base/diagnostic.ts';
import { writeAtomically } from '../inputs/atomic-file.ts';
import type { Architecture } from '../base/choices.ts';
import { loadConfig, readFile } from './cell-files.ts';
import { besideInput, checkOutput } from './cell-output.ts';
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
    throw new InputError('cell/wrong-kind', `${file} is no description (*.jailhouse.yaml)`, {
      fix: 'a binary config is made one with `jailhouse-bundle cell decompile`',
    });
  }
  checkOutput(file, output);
  const loaded = await loadConfig(file, {
    ...(options.release === undefined ? {} : { revision: options.release }),
    ...(options.arch === undefined ? {} : { architecture: options.arch }),
  });
  if (loaded === null) return EXIT.findings;
  await writeAtomically(output, [encodeConfig(loaded.config)], unfinishedFiles);
  await printLine(output);
  return EXIT.fine;
}
