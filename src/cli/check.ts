import type { EvaluateOptions } from '../evaluate/cell.ts';
import type { Profile } from '../base/choices.ts';
import type { Rule } from '../checks/kernel/rule.ts';
import { type NamedFiles, prepareFiles, today } from '../inputs/prepare.ts';
import { InputStore } from '../inputs/store.ts';
import { printable } from '../base/text.ts';
import { checkOptions, namedFiles, type CheckOptions } from './check-options.ts';
import { encodeCheck, isOk, type CheckResult } from './check-report.ts';
import { unfinishedFiles } from './cleanup.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import type { CheckFindings } from './findings.ts';
import { colorsFor, PLAIN, print, printNote, printReport } from './output.ts';
import { identify, overwritten } from './overwrite.ts';
import { readProjectRules } from './project-rules.ts';
import { findingFacts } from '../reports/json.ts';
import { renderDiagnostic } from './report.ts';

const NOWHERE = { start: 0, end: 0 };

interface Checked extends CheckResult {
  /** Every file that was looked at. */
  inputs: readonly string[];
}

async function checkManifests(
  manifests: readonly string[],
  store: InputStore,
  profile: Profile,
  rules: readonly Rule[],
): Promise<Checked> {
  // The libraries for manifests take longer to load than a kernel takes to check.
  const { prepareManifests } = await import('./manifests.ts');
  const findings = await prepareManifests(manifests, store, profile, rules);
  return { findings, files: null, inputs: findings.flatMap(({ inputs }) => inputs) };
}

async function checkFiles(
  files: NamedFiles,
  cmdline: string | null,
  store: InputStore,
  options: EvaluateOptions & { rules: readonly Rule[] },
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

/** What mends the findings; without a config it would seem that there is nothing to mend. */
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
  const store = new InputStore();
  const { rules, problems } = await readProjectRules(rulesFiles, store);
  if (problems.length > 0) {
    if (format === 'json' && output === '-') {
      const findings = problems.map(({ file, diagnostic }) =>
        findingFacts(diagnostic, null, [{ file, line: null, column: null }]),
      );
      await printReport('check', { ok: false, findings, subjects: [] });
    } else {
      const colors = colorsFor(process.stderr);
      for (const { diagnostic } of problems) await printNote(renderDiagnostic('', diagnostic, colors, null));
    }
    return EXIT.findings;
  }
  const checked =
    manifests.length > 0
      ? await checkManifests(manifests, store, profile, rules)
      : await checkFiles(namedFiles(options), cmdline, store, { profile, today: today(), rules });
  const inputs = [...checked.inputs, ...rulesFiles];
  await checkOutput('--output', output, inputs);
  if (fixFragment !== undefined) await checkOutput('--fix-fragment', fixFragment, inputs);

  if (output === '-') {
    await print(await encodeCheck(checked, format, severity, colorsFor(process.stdout)));
  } else {
    await writeText(output, await encodeCheck(checked, format, severity, PLAIN));
    await printNote((await encodeCheck(checked, 'text', severity, colorsFor(process.stderr))).trimEnd());
  }
  if (fixFragment !== undefined) await writeFragment(fixFragment, checked.findings[0]!);
  return isOk(checked, severity) ? EXIT.fine : EXIT.findings;
}
