import type { Profile } from '../kernel-check/evidence.ts';
import { writeAtomically } from '../node/atomic-file.ts';
import { prepareFiles, type NamedFiles } from '../node/prepare-files.ts';
import { InputStore } from '../node/store.ts';
import { today } from '../node/today.ts';
import { checkOptions, namedFiles, type CheckOptions } from './check-options.ts';
import { encodeCheck, isOk, type CheckResult } from './check-report.ts';
import { unfinishedFiles } from './cleanup.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { colorsFor, PLAIN, print, printNote } from './output.ts';
import { identify, overwritten } from './overwrite.ts';

const NOWHERE = { start: 0, end: 0 };

interface Checked extends CheckResult {
  /** Every file that was looked at. */
  inputs: readonly string[];
}

async function checkManifests(
  manifests: readonly string[],
  store: InputStore,
  profile: Profile,
): Promise<Checked> {
  // The libraries for manifests take longer to load than a kernel takes to check.
  const { prepareManifests } = await import('./manifests.ts');
  const findings = await prepareManifests(manifests, store, profile);
  return { findings, files: null, inputs: findings.flatMap(({ inputs }) => inputs) };
}

async function checkFiles(
  files: NamedFiles,
  cmdline: string | null,
  store: InputStore,
  profile: Profile,
): Promise<Checked> {
  const { inputs, ...prepared } = await prepareFiles(files, cmdline, store, { profile, today: today() });
  const file = files.kernel ?? files.config!;
  return { findings: [{ file, text: null, locate: () => NOWHERE, ...prepared }], files, inputs };
}

/** @throws UsageError if a file that is read would be written */
async function checkOutput(option: string, output: string, inputs: readonly string[]): Promise<void> {
  const input = await overwritten(output, await identify(inputs));
  if (input === null) return;
  throw new UsageError(`${option} ${output} would overwrite ${input}, which is checked`, 'name another file');
}

/** `check`: the report goes to standard output; or to a file, and what it says as text to standard error. */
export async function check(manifests: readonly string[], options: CheckOptions): Promise<ExitCode> {
  checkOptions(manifests, options);
  const { cmdline = null, profile, format, severity, output } = options;
  const store = new InputStore();
  const checked =
    manifests.length > 0
      ? await checkManifests(manifests, store, profile)
      : await checkFiles(namedFiles(options), cmdline, store, profile);
  if (output === undefined) {
    await print(await encodeCheck(checked, format, severity, colorsFor(process.stdout)));
  } else {
    await checkOutput('--output', output, checked.inputs);
    const report = await encodeCheck(checked, format, severity, PLAIN);
    await writeAtomically(output, [new TextEncoder().encode(report)], unfinishedFiles);
    await printNote((await encodeCheck(checked, 'text', severity, colorsFor(process.stderr))).trimEnd());
  }
  return isOk(checked, severity) ? EXIT.fine : EXIT.findings;
}
