import type { Command } from 'commander';
import { CHECK_FORMATS, collect, layoutOption, once, STDOUT, withFormat, type Finish } from './command.ts';
import type { Profile } from '../base/choices.ts';
import type { Rule } from '../checks/kernel/rule.ts';
import { today } from '../inputs/evaluation.ts';
import { type NamedFiles, prepareFiles, type PrepareFilesOptions } from '../inputs/prepare.ts';
import { InputStore } from '../inputs/store.ts';
import type { SettingLayer } from '../manifest/other-text.ts';
import { printable } from '../base/text.ts';
import { checkOptions, givenWaivers, namedFiles, type CheckOptions } from './check-options.ts';
import { encodeCheck, isOk, type CheckResult } from './check-report.ts';
import { unfinishedFiles } from './cleanup.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import type { CheckFindings } from '../reports/findings.ts';
import { namedOrPiped, orReport } from './named-files.ts';
import { lookFor, PLAIN, print, printNote } from './output.ts';
import { identify, overwritten } from './overwrite.ts';
import { withReading } from './reading.ts';
import { settingsOf, withSettings } from './settings.ts';
import { projectRules, withRules } from './project-rules.ts';
import { withRootOptions } from './root-options.ts';

const EXAMPLES = `
Examples:
  jailhouse-bundle check *.cell.yaml
  jailhouse-bundle check cells 'boards/**/*.cell.yaml'
  jailhouse-bundle check board.machine.yaml
  jailhouse-bundle check --kernel bzImage --cmdline 'console=ttyS0,115200'
  jailhouse-bundle check --kernel bzImage --cell linux.cell --initrd root.cpio
  jailhouse-bundle check --config .config --severity warning
  jailhouse-bundle check --kernel bzImage --format sarif -o kernel.sarif`;

const NOWHERE = { start: 0, end: 0 };

interface Checked extends CheckResult {
  /** Every file that was looked at. */
  inputs: readonly string[];
}

async function checkManifests(
  manifests: readonly string[],
  store: InputStore,
  profile: Profile,
  more: { rules: readonly Rule[]; settings: readonly SettingLayer[] },
): Promise<Checked> {
  // The libraries for manifests take longer to load than a kernel takes to check.
  const { prepareManifests } = await import('./manifests.ts');
  const findings = await prepareManifests(manifests, store, profile, { ...more, layOut: false });
  return { findings, files: null, inputs: findings.flatMap(({ inputs }) => inputs) };
}

async function checkFiles(
  files: NamedFiles,
  cmdline: string | null,
  store: InputStore,
  options: PrepareFilesOptions,
): Promise<Checked> {
  const { inputs, ...prepared } = await prepareFiles(files, cmdline, store, options);
  const file = files.kernel ?? files.config!;
  return { findings: [{ file, text: null, locate: () => NOWHERE, ...prepared }], files, inputs };
}

/** @throws UsageError if a file that is read would be written */
async function checkOutput(option: string, output: string, inputs: readonly string[]): Promise<void> {
  if (output === '-') return;
  const input = await overwritten(output, await identify(inputs));
  if (input === null) return;
  throw new UsageError(`${option} ${output} would overwrite ${input}, which is checked`, 'name another file');
}

async function writeText(file: string, text: string): Promise<void> {
  const { writeAtomically } = await import('../inputs/atomic-file.ts');
  await writeAtomically(file, [new TextEncoder().encode(text)], unfinishedFiles);
}

/** What fixes the findings; without a config it would seem that there is nothing to fix. */
async function writeFragment(file: string, { kernel, diagnostics }: CheckFindings): Promise<void> {
  if (!kernel?.config) return printNote('no fragment is written: no kernel config could be judged');
  const { fixFragment } = await import('../checks/kernel/kconfig/fragment.ts');
  const fragment = fixFragment(diagnostics, kernel.config, kernel.architecture);
  if (file === '-') return print(fragment);
  await writeText(file, fragment);
  await printNote(`${printable(file)} is written; its first lines say how to merge it`);
}

/** `check`: the report goes to standard output; or to a file, and what it says as text to standard error. */
export async function check(manifests: readonly string[], options: CheckOptions): Promise<ExitCode> {
  checkOptions(manifests, options);
  const { cmdline = null, rules: rulesFiles = [], profile, format, severity, output, fixFragment } = options;
  const settings = await settingsOf(options, manifests);
  const store = new InputStore();
  const rules = await projectRules('check', options, store, format === 'json' && output === STDOUT);
  if (rules === null) return EXIT.findings;
  const checked =
    manifests.length > 0
      ? await checkManifests(manifests, store, profile, { ...rules, settings })
      : await checkFiles(namedFiles(options), cmdline, store, {
          profile,
          today: today(),
          rules: rules.rules,
          rootCmdline: options.rootCmdline ?? null,
          waivers: givenWaivers(options),
        });
  const inputs = [...checked.inputs, ...rulesFiles];
  await checkOutput('--output', output, inputs);
  if (fixFragment !== undefined) await checkOutput('--fix-fragment', fixFragment, inputs);

  if (output === '-') {
    await print(await encodeCheck(checked, format, options, lookFor(process.stdout)));
  } else {
    await writeText(output, await encodeCheck(checked, format, options, PLAIN));
    const text = await encodeCheck(checked, 'text', options, lookFor(process.stderr));
    if (text !== '') await printNote(text.trimEnd());
  }
  if (fixFragment !== undefined) await writeFragment(fixFragment, checked.findings[0]!);
  return isOk(checked, severity) ? EXIT.fine : EXIT.findings;
}

export function define(command: Command, finish: Finish): void {
  const withInputs = command
    .description(
      'Checks that kernels can run in their cells: those of manifests, or one that is given with options. Rules that ' +
        'need an input that was not given are skipped, and listed in a note. Exits with 1 if a finding fails that is ' +
        'not waived.',
    )
    .argument(
      '[manifest...]',
      '*.cell.yaml and *.machine.yaml files; a folder or a quoted pattern names those in it, - for standard input',
    )
    .option('--kernel <file>', 'a kernel image, without a manifest', once)
    .option('--config <file>', 'its .config (default: the one built into the kernel)', once)
    .option('--cell <file>', 'the cell that it will run in (*.cell or YAML)', once)
    .option('--system <file>', "the root cell's system config, to check the cell against", once)
    .option('--initrd <file>', 'its initrd; may be repeated, and is joined in order', collect)
    .option('--dtb <file>', "the cell's device tree (arm, arm64)", once)
    .option('--loader <file>', "Jailhouse's loader, to plan for its size", once)
    .option('--cmdline <string>', 'its command line', once)
    .addOption(layoutOption());
  withRules(withRootOptions(withInputs));
  withInputs.option(
    '--waive <rule=reason>',
    'without a manifest: accept the findings of a rule; may be repeated',
    collect,
  );
  withReading(withFormat(withSettings(withInputs), CHECK_FORMATS))
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
      const asked = json ? { ...options, format: 'json' as const } : options;
      const isJson = asked.format === 'json' && asked.output === STDOUT;
      finish(await orReport('check', isJson, async () => check(await namedOrPiped(manifests), asked)));
    });
}
