import { PROFILES, SEVERITIES } from '../base/choices.ts';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { CheckOptions } from './check-options.ts';
import type { CheckFormat, ExitCode } from './exit.ts';

const FORMATS: readonly CheckFormat[] = ['text', 'json', 'sarif', 'github', 'junit'];

const EXAMPLES = `
Examples:
  jailhouse-bundle check *.cell.yaml
  jailhouse-bundle check --kernel bzImage --cmdline 'console=ttyS0,115200'
  jailhouse-bundle check --kernel bzImage --cell linux.cell --initrd root.cpio
  jailhouse-bundle check --config .config --severity warning
  jailhouse-bundle check --kernel bzImage --format sarif -o kernel.sarif`;

export const profileOption = (): Option =>
  new Option('--profile <profile>', 'the kernel rules, if a manifest names no profile')
    .choices(PROFILES)
    .default('strict');

export const jsonOption = (): Option => new Option('--json', 'short for --format json').conflicts('format');

const STDOUT = '-';

/** The later of two would hide the earlier. */
function once(value: string, before: string | undefined): string {
  if (before !== undefined && before !== STDOUT) throw new InvalidArgumentError('It can be given only once.');
  return value;
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];

/** `check`; its code is loaded when it runs. */
export function addCheckCommand(command: Command, finish: (code: ExitCode) => void): void {
  command
    .summary('check manifests, or a kernel without one; write no bundle')
    .description(
      'Checks that kernels can run in their cells: those of manifests, or one that is given with options. Rules that ' +
        'need an input that was not given are skipped, and listed in a note. Exits with 1 if a finding fails that is ' +
        'not waived.',
    )
    .argument('[manifest...]', '*.cell.yaml files')
    .option('--kernel <file>', 'a kernel image, without a manifest', once)
    .option('--config <file>', 'its .config (default: the one built into the kernel)', once)
    .option('--cell <file>', 'the cell that it will run in (*.cell or YAML)', once)
    .option('--system <file>', "the root cell's system config, to check the cell against", once)
    .option('--initrd <file>', 'its initrd; may be repeated, and is joined in order', collect)
    .option('--dtb <file>', "the cell's device tree (arm, arm64)", once)
    .option('--loader <file>', "Jailhouse's loader, to plan for its size", once)
    .option('--cmdline <string>', 'its command line', once)
    .option('--rules <file>', "the project's own kernel rules (YAML); may be repeated", collect)
    .addOption(profileOption())
    .addOption(
      new Option('--severity <severity>', 'the lowest severity that fails')
        .choices(SEVERITIES)
        .default('error'),
    )
    .addOption(new Option('--format <format>', 'form of the report').choices(FORMATS).default('text'))
    .addOption(jsonOption())
    .option(
      '-o, --output <file>',
      'file for the report, which standard error then has as text; - is standard output',
      once,
      STDOUT,
    )
    .option(
      '--fix-fragment <file>',
      "file for a Kconfig fragment that fixes the config, for the kernel's merge_config.sh",
      once,
    )
    .addHelpText('after', EXAMPLES)
    .action(async (manifests: string[], { json, ...options }: CheckOptions & { json?: true }) => {
      const { check } = await import('./check.ts');
      finish(await check(manifests, json ? { ...options, format: 'json' } : options));
    });
}
