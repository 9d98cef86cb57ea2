import { Command, CommanderError, Option } from 'commander';
import { printable } from '../base/text.ts';
import { TOOL_VERSION } from '../base/version.ts';
import { installSignalHandlers } from './cleanup.ts';
import { addCommands, type CommandEntry, type Finish } from './command.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { chooseColors, COLOR_CHOICES, installOutputHandlers } from './output.ts';

const NAME = 'jailhouse-bundle';

const EXAMPLES = `
Examples:
  ${NAME} init                            write a commented manifest to start from
  ${NAME} check linux.cell.yaml           verify kernel, cell and layout
  ${NAME} check --kernel bzImage          verify a kernel by itself
  ${NAME} build linux.cell.yaml -o out    write out/<name>.tar, ready to boot
  ${NAME} inspect bzImage linux.cell      show what is in files

Exit codes: 0 fine; 1 findings or bad input; 2 wrong usage; 129, 130, 143 ended by SIGHUP, SIGINT, SIGTERM.`;

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  build: {
    usage: '[options] <manifest...>',
    summary: 'check manifests and write their bundles',
    load: () => import('./build.ts'),
  },
  check: {
    usage: '[options] [manifest...]',
    summary: 'check manifests, or a kernel without one; write no bundle',
    load: () => import('./check.ts'),
  },
  plan: {
    usage: '[options] <manifest...>',
    summary: 'show where everything goes in the memory of cells',
    load: () => import('./plan.ts'),
  },
  report: {
    usage: '[options] <manifest...>',
    summary: 'write all about manifests as one HTML file',
    load: () => import('./report-page.ts'),
  },
  boot: {
    usage: '[options] <bundle|manifest...>',
    summary: 'start bundles or manifests in QEMU, and say whether they reach init',
    load: () => import('./boot.ts'),
  },
  inspect: {
    usage: '[options] <file...>',
    summary: 'show what is in configs, kernels, device trees, params images and bundles',
    load: () => import('./inspect.ts'),
  },
  verify: {
    usage: '[options] <bundle...>',
    summary: "check bundles' digests, form and signatures",
    load: () => import('./verify.ts'),
  },
  sign: {
    usage: '[options] <bundle>',
    summary: 'sign a bundle',
    load: () => import('./sign.ts'),
  },
  keygen: {
    usage: '[options] <name>',
    summary: 'make a pair of keys to sign with',
    load: () => import('./keygen.ts'),
  },
  diff: {
    usage: '[options] <before> <after>',
    summary: 'say what differs between two bundles, manifests, kernels or kernel configs',
    load: () => import('./diff.ts'),
  },
  sbom: {
    usage: '[options] <bundle>',
    summary: 'write what is in a bundle, as CycloneDX or SPDX',
    load: () => import('./sbom.ts'),
  },
  provenance: {
    usage: '[options] <bundle>',
    summary: 'write what a bundle was built of, as an in-toto statement',
    load: () => import('./provenance.ts'),
  },
  oci: {
    usage: '[options] <bundle>',
    summary: 'write a bundle as an OCI image layout, for registries',
    load: () => import('./oci.ts'),
  },
  'target-verifier': {
    usage: '',
    summary: 'print a script that verifies bundles on the target',
    load: () => import('./target-verifier.ts'),
  },
  explain: {
    usage: '[options] <file>',
    summary: 'say what lines of a log mean, and how to fix the fault',
    load: () => import('./explain.ts'),
  },
  rules: {
    usage: '[options] [id]',
    summary: 'list the rules, or explain one',
    load: () => import('./rules.ts'),
  },
  init: {
    usage: '[options] [file]',
    summary: 'write a commented manifest',
    load: () => import('./init.ts'),
  },
  schema: {
    usage: '[kind]',
    summary: 'print the JSON Schema of manifests, cells, rules or reports',
    load: () => import('./schema.ts'),
  },
  completion: {
    usage: '[options] [shell]',
    summary: 'print what makes a shell complete commands, options and values',
    isAboutAll: true,
    load: () => import('./completion.ts'),
  },
  man: {
    usage: '[options] [command...]',
    summary: 'print manual pages',
    isAboutAll: true,
    load: () => import('./man.ts'),
  },
  'cell-linux': {
    usage: '[options] <cellconfig> <kernel>',
    summary: '`jailhouse cell linux -w`, offline',
    load: () => import('./cell-linux.ts'),
  },
  cell: {
    usage: '',
    summary: 'decompile, compile, convert and check cell and system configs',
    load: () => import('./cell.ts'),
  },
};

function defineHelp(program: Command): void {
  program
    .command('help')
    .showHelpAfterError(`  see ${NAME} help --help`)
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
}

/** The program's own option may come before the command. */
const isOfCommand = (word: string, at: number, words: readonly string[]): boolean =>
  word !== '--color' && words[at - 1] !== '--color';

/** A wrong usage in a line, which quotes the words that were given; a suggestion has a line of its own. */
function usageText(text: string): string {
  const suggestion = /\n\(Did you mean [^\n]+\?\)\n$/.exec(text)?.[0] ?? '\n';
  return `${printable(text.slice(0, -suggestion.length))}${suggestion}`;
}

async function createProgram(words: readonly string[], finish: Finish): Promise<Command> {
  const program = new Command(NAME)
    .description('Verify Linux kernels against Jailhouse cells, and bundle them ready to boot.')
    .version(TOOL_VERSION, '-V, --version', 'print the version')
    .addOption(new Option('--color <when>', 'colours').choices(COLOR_CHOICES).default('auto'))
    .on('option:color', chooseColors)
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', EXAMPLES)
    .configureOutput({ outputError: (text, write) => write(usageText(text)) })
    .showSuggestionAfterError()
    .showHelpAfterError(`  see ${NAME} --help`)
    .exitOverride();
  await addCommands(program, COMMANDS, words.filter(isOfCommand), finish);
  defineHelp(program);
  return program;
}

/** Runs the command line; gives the exit code. Bad input ends in one report, never in a stack trace. */
export async function main(words: readonly string[]): Promise<ExitCode> {
  installSignalHandlers();
  installOutputHandlers();
  chooseColors('auto');
  let code: ExitCode = EXIT.fine;
  try {
    const program = await createProgram(words, (ended) => (code = ended));
    await program.parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
    const { reportFailure } = await import('./failure.ts');
    return reportFailure(error);
  }
}
