import { convertConfig } from '../formats/cell/yaml/convert.ts';
import type { Revision } from '../formats/cell/releases.ts';
import type { Architecture } from '../base/choices.ts';
import { loadConfig, reportProblems } from './cell-files.ts';
import { besideInput, checkOutput, writeConfig } from './cell-output.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { printLine, printNote } from './output.ts';

interface ConvertOptions {
  output?: string;
  release: Revision;
  arch?: Architecture;
}

/** `cell convert`: a config for another release. */
export async function convert(file: string, { output, release, arch }: ConvertOptions): Promise<ExitCode> {
  const target = output ?? besideInput(file, `-${release}`);
  checkOutput(file, target);
  const loaded = await loadConfig(file, arch === undefined ? {} : { architecture: arch });
  if (loaded === null) return EXIT.findings;
  const architecture = arch ?? loaded.config.architecture ?? 'arm64';
  if (loaded.assumed !== null) await printNote(`${file}: architecture ${architecture}, ${loaded.assumed}`);
  const { config, notes, problems } = convertConfig(loaded.config, release, architecture);
  await reportProblems(file, null, [...problems, ...notes]);
  if (config === null) return EXIT.findings;
  await writeConfig(target, config, architecture);
  await printLine(target);
  return EXIT.fine;
}
