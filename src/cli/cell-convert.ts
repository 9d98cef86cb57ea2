import { Option, type Command } from 'commander';
import { architectureOption, layoutOption, type Finish } from './command.ts';
import type { Versioned } from '../formats/cell/layout-ids.ts';
import type { Revision } from '../formats/cell/releases.ts';
import type { Architecture } from '../base/choices.ts';
import { loadConfig, reportProblems } from './cell-files.ts';
import {
  ARCHITECTURE,
  parseReleaseOption,
  RELEASE,
  besideInput,
  checkOutput,
  writeConfig,
} from './cell-output.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { printLine, printNote } from './output.ts';

interface ConvertOptions {
  output?: string;
  release: Revision;
  arch?: Architecture;
  layout?: Versioned;
}

/** `cell convert`: a config for another release. */
export async function convert(file: string, options: ConvertOptions): Promise<ExitCode> {
  const { output, release, arch, layout } = options;
  const target = output ?? besideInput(file, `-${release}`);
  checkOutput(file, target);
  const loaded = await loadConfig(file, {
    layout,
    ...(arch === undefined ? {} : { architecture: arch }),
  });
  if (loaded === null) return EXIT.findings;
  const architecture = arch ?? loaded.config.architecture ?? 'arm64';
  if (loaded.assumed !== null) await printNote(`${file}: architecture ${architecture}, ${loaded.assumed}`);
  const { convertConfig } = await import('../formats/cell/yaml/convert.ts');
  const { config, notes, problems } = convertConfig(loaded.config, release, architecture);
  await reportProblems(file, null, [...problems, ...notes]);
  if (config === null) return EXIT.findings;
  await writeConfig(target, config, architecture);
  await printLine(target);
  return EXIT.fine;
}

export function define(command: Command, finish: Finish): void {
  command
    .addOption(architectureOption(ARCHITECTURE))
    .addOption(layoutOption())
    .description(
      'Converts a config to another Jailhouse release, and reports what is lost, what is assumed, and what changes its meaning.',
    )
    .argument('<file>', 'config, or description')
    .addOption(
      new Option(RELEASE, 'the release: 0.6 to 0.12, git, or a revision')
        .argParser(parseReleaseOption)
        .makeOptionMandatory(),
    )
    .option('-o, --output <file>', 'file to write; *.yaml gives a description (default: next to the file)')
    .action(async (file: string, options) => {
      finish(await convert(file, options));
    });
}
