import { hasErrors } from '../diagnostic.ts';
import type { Profile } from '../kernel/evidence.ts';
import { InputStore } from '../node/store.ts';
import { EXIT, type ExitCode, type Format } from './exit.ts';
import { prepareManifests } from './manifests.ts';
import { colorsFor, printLine, toJson } from './output.ts';
import { findingJson, renderFindings, tally, type Findings } from './report.ts';

/** `check`: the report goes to standard output. */
export async function check(
  files: readonly string[],
  { profile, format }: { profile: Profile; format: Format },
): Promise<ExitCode> {
  const results: Findings[] = [];
  for await (const prepared of prepareManifests(files, new InputStore(), profile)) results.push(prepared);

  if (format === 'json') {
    const manifests = results.map((result) => ({
      manifest: result.file,
      ok: !hasErrors(result.diagnostics),
      findings: result.diagnostics.map((diagnostic) => findingJson(result, diagnostic)),
    }));
    await printLine(toJson({ ok: manifests.every(({ ok }) => ok), manifests }));
  } else {
    const colors = colorsFor(process.stdout);
    for (const result of results) {
      for (const text of renderFindings(result, colors)) await printLine(`${text}\n`);
      const verdict = hasErrors(result.diagnostics) ? colors.red('fails') : colors.green('passes');
      await printLine(`${colors.bold(result.file)} ${verdict}: ${tally(result.diagnostics)}`);
    }
  }
  return results.some(({ diagnostics }) => hasErrors(diagnostics)) ? EXIT.findings : EXIT.fine;
}
