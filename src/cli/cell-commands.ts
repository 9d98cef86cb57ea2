import { ARCHITECTURES } from '../base/choices.ts';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseTarget } from '../formats/cell/yaml/release.ts';
import type { Revision } from '../formats/cell/releases.ts';
import type { ExitCode } from './exit.ts';

function parseReleaseOption(text: string): Revision {
  const revision = parseTarget(text);
  if (revision !== null) return revision;
  throw new InvalidArgumentError('It must be 0.6 to 0.12, git, or a revision, 3 to 14.');
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];

const RELEASE = '--release <release>';

const withArchitecture = (command: Command): Command =>
  command.addOption(
    new Option('-a, --arch <arch>', 'architecture, if the file does not name it').choices(ARCHITECTURES),
  );

/** The subcommands of `cell`; each loads its own code when it runs. */
export function addCellCommands(cell: Command, finish: (code: ExitCode) => void): void {
  withArchitecture(cell.command('decompile'))
    .summary('write a binary config as a description')
    .description('Writes a cell or system config as YAML that compiles to the same bytes.')
    .argument('<file>', 'cell or system config')
    .option('-o, --output <file>', 'file to write; - is standard output', '-')
    .action(async (file: string, options) => {
      const { decompile } = await import('./cell-decompile.ts');
      finish(await decompile(file, options));
    });

  withArchitecture(cell.command('compile'))
    .summary('write a description as a binary config')
    .description(
      'Writes the binary config of a description. If the description has an error, nothing is written.',
    )
    .argument('<file>', 'description (*.jailhouse.yaml)')
    .option('-o, --output <file>', 'file to write (default: *.cell next to the description)')
    .option(RELEASE, 'instead of the release in the description', parseReleaseOption)
    .action(async (file: string, options) => {
      const { compile } = await import('./cell-compile.ts');
      finish(await compile(file, options));
    });

  withArchitecture(cell.command('convert'))
    .summary('convert a config to another release')
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
      const { convert } = await import('./cell-convert.ts');
      finish(await convert(file, options));
    });

  cell
    .command('check')
    .summary('check cells against the machine they share')
    .description(
      'Checks a system config, every cell against it, and the cells against each other: binary configs or descriptions. ' +
        'Exits with 1 if there is an error that is not waived.',
    )
    .argument('<system>', "the machine's system config")
    .argument('[cell...]', 'the cells that will run on it')
    .addOption(
      new Option('--format <format>', 'form of the report').choices(['text', 'json']).default('text'),
    )
    .option('--json', 'short for --format json')
    .option('--waive <rule=reason>', 'accept a finding; RULE@YYYY-MM-DD=REASON until that day', collect)
    .action(async (system: string, cells: string[], { format, json, waive = [] }) => {
      const { runCellCheck } = await import('./cell-check.ts');
      finish(await runCellCheck(system, cells, { format: json ? 'json' : format, waive }));
    });
}
