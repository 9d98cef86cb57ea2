import { hasErrors } from '../diagnostic.ts';
import type { Profile } from '../kernel-check/evidence.ts';
import { InputStore } from '../node/store.ts';
import { EXIT, type ExitCode, type Format } from './exit.ts';
import { prepareManifests } from './manifests.ts';
import { colorsFor, printLine, toJson } from './output.ts';
import { findingsJson, renderFindings, verdict } from './report.ts';

/** `check`: the report goes to standard output. */
export async function check(
  files: readonly string[],
  { profile, format }: { profile: Profile; format: Format },
): Promise<ExitCode> {
  const results = await prepareManifests(files, new InputStore(), profile);
  const ok = !results.some(({ diagnostics }) => hasErrors(diagnostics));
  if (format === 'json') {
    await printLine(toJson({ ok, manifests: results.map(findingsJson) }));
  } else {
    const colors = colorsFor(process.stdout);
    for (const result of results) {
      for (const text of renderFindings(result, colors, 'full')) await printLine(text);
      await printLine(verdict(result, colors));
    }
  }
  return ok ? EXIT.fine : EXIT.findings;
}
