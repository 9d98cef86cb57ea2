import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { ARCHITECTURES } from '../base/choices.ts';
import { TOOL_VERSION } from '../base/version.ts';
import type { SchemaKind } from './schema.ts';
import { addCellCommands } from './cell-commands.ts';
import { addCheckCommand, jsonOption, profileOption } from './check-command.ts';
import { installSignalHandlers } from './cleanup.ts';
import { EXIT, UsageError, type ExitCode, type Format } from './exit.ts';
import { installOutputHandlers } from './output.ts';

const NAME = 'jailhouse-bundle';

const EXAMPLES = `
Examples:
  ${NAME} init                            write a commented manifest to start from
  ${NAME} check linux.cell.yaml           verify kernel, cell and layout
  ${NAME} check --kernel bzImage          verify a kernel by itself
  ${NAME} build linux.cell.yaml -o out    write out/<name>.tar, ready to boot
  ${NAME} inspect bzImage linux.cell      show what is in files

Exit codes: 0 fine; 1 findings or bad input; 2 wrong usage; 129, 130, 143 ended by SIGHUP, SIGINT, SIGTERM.`;

interface ReportOptions {
  format: Format;
  json?: true;
}

const formatOf = ({ format, json }: ReportOptions): Format => (json ? 'json' : format);

const withFormat = (command: Command): Command =>
  command
    .addOption(
      new Option('--format <format>', 'form of the report').choices(['text', 'json']).default('text'),
    )
    .addOption(jsonOption());

function parseFactor(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number, 0 or more.');
  return Number(text);
}

/** All subcommands; each loads its own code when it runs. */
function createProgram(finish: (code: ExitCode) => void): Command {
  const program = new Command(NAME)
    .description('Verify Linux kernels against Jailhouse cells, and bundle them ready to boot.')
    .version(TOOL_VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError()
    .showHelpAfterError(`  see ${NAME} --help`)
    .exitOverride();
  const subcommand = (name: string): Command =>
    program.command(name).showHelpAfterError(`  see ${NAME} ${name} --help`);

  withFormat(subcommand('build'))
    .addOption(profileOption())
    .summary('check manifests and write their bundles')
    .description(
      'Checks every manifest, then writes <name>.tar (or .tar.gz) for each. If one of them has an error, nothing is ' +
        'written. Prints the digest and the path of each bundle, as sha256sum does.',
    )
    .argument('<manifest...>', '*.cell.yaml files')
    .option('-o, --out <dir>', 'folder for the bundles; created if it does not exist', '.')
    .action(async (manifests: string[], options) => {
      const { build } = await import('./build.ts');
      finish(await build(manifests, { ...options, format: formatOf(options) }));
    });

  addCheckCommand(subcommand('check'), finish);

  withFormat(subcommand('inspect'))
    .summary('show what is in configs, kernels, device trees, params images and bundles')
    .description(
      'Shows what is in a cell or system config, a kernel, a device tree, a params image or a bundle.',
    )
    .argument('<file...>', 'files of any of these kinds')
    .addOption(
      new Option('-a, --arch <arch>', 'architecture, for configs that do not name it').choices(ARCHITECTURES),
    )
    .addOption(
      new Option('--extract-config', 'print the config built into a kernel, and nothing else').conflicts([
        'json',
        'format',
        'arch',
      ]),
    )
    .action(async (files: string[], options) => {
      if (options.extractConfig) {
        const { extractConfig } = await import('./extract-config.ts');
        finish(await extractConfig(files));
        return;
      }
      const { inspect } = await import('./inspect.ts');
      finish(await inspect(files, formatOf(options), options.arch));
    });

  withFormat(subcommand('verify'))
    .summary("check a bundle's digests and form")
    .description(
      'Compares every byte of a bundle with its digests and its form, and names the files that differ.',
    )
    .argument('<bundle>', '<name>.tar or <name>.tar.gz')
    .action(async (bundle: string, options) => {
      const { verify } = await import('./verify.ts');
      finish(await verify(bundle, formatOf(options)));
    });

  withFormat(subcommand('explain'))
    .summary('say what lines of a log mean, and how to fix the fault')
    .description(
      'Finds the known lines of a hypervisor or kernel log, and says for each what happened, how to fix it, and which ' +
        'checks find the fault before the cell starts. Exits with 0 even if no line is known.',
    )
    .argument('<file>', 'a log; - is standard input')
    .action(async (file: string, options) => {
      const { explain } = await import('./explain.ts');
      finish(await explain(file, formatOf(options)));
    });

  subcommand('init')
    .summary('write a commented manifest')
    .description('Writes a manifest with every key explained. Never overwrites a file.')
    .argument('[file]', 'file to write; - is standard output', 'linux.cell.yaml')
    .action(async (file: string) => {
      const { init } = await import('./init.ts');
      finish(await init(file));
    });

  subcommand('schema')
    .summary('print the JSON Schema of manifests, cells, rules or reports')
    .description(
      'Prints the JSON Schema of *.cell.yaml, *.jailhouse.yaml or rules files, or of what commands print with --json, ' +
        'for editors and validators.',
    )
    .addArgument(
      new Argument('[kind]', 'which files it is for; output: what --json prints')
        .choices(['manifest', 'cell', 'rules', 'output'])
        .default('manifest'),
    )
    .action(async (kind: SchemaKind) => {
      const { schema } = await import('./schema.ts');
      finish(await schema(kind));
    });

  subcommand('cell-linux')
    .summary('`jailhouse cell linux -w`, offline')
    .description(
      "Takes the arguments of `jailhouse cell linux`, writes the params image that the tool of the cell's Jailhouse " +
        'release would write, and prints the load commands. It never touches a running hypervisor, so -w is required.',
    )
    .argument('<cellconfig>', 'cell config (*.cell)')
    .argument('<kernel>', 'kernel image (bzImage, Image, Image.gz, zImage)')
    .option('-i, --initrd <file>', 'initrd')
    .option('-d, --dtb <file>', 'device tree of the cell (arm, arm64)')
    .option('-c, --cmdline <string>', 'kernel command line', '')
    .option('-w, --write-params <file>', 'file for the params image')
    .addOption(
      new Option('-a, --arch <arch>', 'architecture, if the cell config does not name it').choices(
        ARCHITECTURES,
      ),
    )
    .option(
      '-k, --kernel-decomp-factor <n>',
      'room to keep for the kernel to unpack itself, in sizes of the kernel file: the initrd is placed after it; ' +
        '0 chooses it by the compression',
      parseFactor,
    )
    .action(async (cellConfig: string, kernel: string, options) => {
      const { cellLinux } = await import('./cell-linux.ts');
      finish(await cellLinux(cellConfig, kernel, options));
    });

  const cell = subcommand('cell')
    .helpCommand('help [command]', 'print the help of a command')
    .summary('decompile, compile, convert and check cell and system configs')
    .description('Converts cell and system configs to YAML (*.jailhouse.yaml) and back, and checks them.');
  addCellCommands(cell, finish);

  subcommand('help')
    .summary('print the help of a command')
    .description('Prints the help of a command, or the list of commands.')
    .argument('[command]')
    .action((name?: string) => {
      const command = program.commands.find((candidate) => candidate.name() === name);
      if (name !== undefined && command === undefined) {
        const names = program.commands.map((candidate) => candidate.name()).join(', ');
        throw new UsageError(`there is no command '${name}'`, `the commands are ${names}`);
      }
      (command ?? program).outputHelp();
    });

  return program;
}

/** Runs the command line; gives the exit code. Bad input ends in one report, never in a stack trace. */
export async function main(words: readonly string[]): Promise<ExitCode> {
  installSignalHandlers();
  installOutputHandlers();
  let code: ExitCode = EXIT.fine;
  try {
    await createProgram((ended) => (code = ended)).parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
    const { reportFailure } = await import('./failure.ts');
    return reportFailure(error);
  }
}
