import { verifyBundle } from '../bundle/verify.ts';
import { hasErrors } from '../diagnostic.ts';
import { readChunks, seeFile } from '../node/files.ts';
import { EXIT, type ExitCode, type Format } from './exit.ts';
import { colorsFor, printLine, toJson } from './output.ts';
import { renderDiagnostic, tally } from './report.ts';

/** `verify`: every byte of a bundle against its digests and its form. */
export async function verify(bundle: string, format: Format): Promise<ExitCode> {
  const { name, diagnostics } = await verifyBundle(readChunks(await seeFile(bundle, bundle)));
  const ok = !hasErrors(diagnostics);
  if (format === 'json') {
    await printLine(toJson({ bundle, ok, name, problems: diagnostics }));
  } else {
    const colors = colorsFor(process.stdout);
    for (const diagnostic of diagnostics)
      await printLine(`${renderDiagnostic(bundle, diagnostic, colors, null)}\n`);
    await printLine(
      ok
        ? `${bundle}: ${colors.green('intact')}`
        : `${bundle}: ${colors.red('damaged')}, ${tally(diagnostics)}`,
    );
  }
  return ok ? EXIT.fine : EXIT.findings;
}
