import type { Command } from 'commander';
import type { Profile } from '../base/choices.ts';
import { printable } from '../base/text.ts';
import { parseSourceDateEpoch } from '../bundle/source-date-epoch.ts';
import { InputStore } from '../inputs/store.ts';
import { isFailing } from '../reports/report.ts';
import { unfinishedFiles } from './cleanup.ts';
import { once, STDOUT, type Finish } from './command.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { lookFor, print, printNote } from './output.ts';
import { namedManifests } from './named-files.ts';
import { identify, overwritten } from './overwrite.ts';
import { projectRules, withRules, type RulesOptions } from './project-rules.ts';
import { verdict, verdictOfAll } from './report.ts';
import { settingsOf, withSettings, type SettingOptions } from './settings.ts';

interface ReportOptions extends SettingOptions, RulesOptions {
  profile: Profile;
  /** `-`: standard output. */
  output: string;
}

const EXAMPLES = `
Examples:
  jailhouse-bundle report linux.cell.yaml -o report.html
  jailhouse-bundle report board.machine.yaml -o board.html
  jailhouse-bundle report *.cell.yaml --severity warning > report.html`;

/** `report`: everything about manifests as one HTML file; verdicts go to standard error. */
export async function report(files: readonly string[], options: ReportOptions): Promise<ExitCode> {
  const { profile, severity, output } = options;
  const settings = await settingsOf(options, files);
  const mtime = parseSourceDateEpoch(process.env.SOURCE_DATE_EPOCH);
  const store = new InputStore();
  const { prepareManifests } = await import('./manifests.ts');
  const rules = await projectRules('check', options, store, false);
  if (rules === null) return EXIT.findings;
  const all = await prepareManifests(files, store, profile, { settings, ...rules });
  if (output !== STDOUT) {
    const input = await overwritten(
      output,
      await identify([...all.flatMap(({ inputs }) => inputs), ...(options.rules ?? [])]),
    );
    if (input !== null) {
      throw new UsageError(
        `--output ${output} would overwrite ${input}, which is checked`,
        'name another file',
      );
    }
  }
  const { reportPage } = await import('../inputs/report-page.ts');
  const { encodePage } = await import('../reports/html/page.ts');
  const page = encodePage(await reportPage(all, store, mtime, severity));
  if (output === STDOUT) await print(page);
  else {
    const { writeAtomically } = await import('../inputs/atomic-file.ts');
    await writeAtomically(output, [new TextEncoder().encode(page)], unfinishedFiles);
  }
  const look = lookFor(process.stderr);
  for (const each of all) await printNote(verdict(each, look, severity));
  for (const line of verdictOfAll(all, look, severity)) await printNote(line);
  if (output !== STDOUT) await printNote(`${printable(output)} is written`);
  const fails = all.some(({ diagnostics }) =>
    diagnostics.some((diagnostic) => isFailing(diagnostic, severity)),
  );
  return fails ? EXIT.findings : EXIT.fine;
}

export function define(command: Command, finish: Finish): void {
  withRules(withSettings(command))
    .description(
      'Writes what is known of manifests as one HTML file for people who decide: verdict, findings, memory maps, command ' +
        'lines, CPUs and interrupts, kernels, waivers, what was checked and passed, digests. It loads and runs nothing; ' +
        'values of passwords, secrets, tokens and keys are left out. Exits as check does, and writes the file in any case.',
    )
    .argument(
      '<manifest...>',
      '*.cell.yaml and *.machine.yaml files; a folder or a quoted pattern names those in it',
    )
    .option('-o, --output <file>', 'file for the page; - is standard output', once, STDOUT)
    .addHelpText('after', EXAMPLES)
    .action(async (manifests: string[], options: ReportOptions) => {
      finish(await report(await namedManifests(manifests), options));
    });
}
