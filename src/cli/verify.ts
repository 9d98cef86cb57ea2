import type { Command } from 'commander';
import { formatOf, withFormat, type Finish } from './command.ts';
import { verifyBundle, type VerifiedBundle } from '../bundle/verify.ts';
import { diagnosticOf, hasErrors } from '../base/diagnostic.ts';
import { readChunks, seeFile } from '../inputs/files.ts';
import { printable } from '../base/text.ts';
import { findingFacts } from '../reports/json.ts';
import { tally } from '../reports/verdict.ts';
import { EXIT, type ExitCode, type Format } from './exit.ts';
import { lookFor, printLine, printReport } from './output.ts';
import { renderDiagnostic } from './report.ts';

async function verified(bundle: string): Promise<VerifiedBundle> {
  try {
    return await verifyBundle(readChunks(await seeFile(bundle, bundle)));
  } catch (error) {
    return {
      name: null,
      files: new Map(),
      onTarget: new Map(),
      metadata: null,
      diagnostics: [diagnosticOf(error)],
    };
  }
}

/** `verify`: every byte of a bundle against its digests and its form; the report goes to standard output. */
export async function verify(bundle: string, format: Format): Promise<ExitCode> {
  const { name, files, onTarget, diagnostics } = await verified(bundle);
  const ok = !hasErrors(diagnostics);
  if (format === 'json') {
    const digests =
      name === null
        ? { files: null, onTarget: null }
        : { files: Object.fromEntries(files), onTarget: Object.fromEntries(onTarget) };
    await printReport('verify', {
      ok,
      findings: diagnostics.map((diagnostic) => findingFacts(diagnostic, bundle)),
      subjects: [{ file: bundle, ok, name, ...digests }],
    });
  } else {
    const colors = lookFor(process.stdout);
    for (const diagnostic of diagnostics)
      await printLine(`${renderDiagnostic(bundle, diagnostic, colors, null)}\n`);
    const says = ok
      ? `${colors.green('intact')}, ${files.size} files`
      : `${colors.red('not intact')}: ${tally(diagnostics)}`;
    await printLine(`${colors.bold(printable(bundle))} is ${says}`);
    for (const path of onTarget.keys())
      await printLine(`  ${printable(path)} stays on the target: launch.sh compares it there`);
  }
  return ok ? EXIT.fine : EXIT.findings;
}

export function define(command: Command, finish: Finish): void {
  withFormat(command)
    .description(
      'Compares every byte of a bundle with its digests and its form, and names the files that differ.',
    )
    .argument('<bundle>', '<name>.tar or <name>.tar.gz')
    .action(async (bundle: string, options) => {
      finish(await verify(bundle, formatOf(options)));
    });
}
