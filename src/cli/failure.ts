import { InputError } from '../base/diagnostic.ts';
import { printable, printableLines } from '../base/text.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { lookFor, printNote } from './output.ts';
import { renderDiagnostic } from './report.ts';

/** Reports what ended a command. What is no bad input is a bug of ours, and asks to be reported as one. */
export async function reportFailure(error: unknown): Promise<ExitCode> {
  const colors = lookFor(process.stderr);
  if (error instanceof InputError) {
    await printNote(renderDiagnostic('', error.diagnostic, colors, null));
    return EXIT.findings;
  }
  if (error instanceof UsageError) {
    await printNote(`error: ${printable(error.message)}\n  ${printable(error.fix)}`);
    return EXIT.usage;
  }
  const text = error instanceof Error && process.env.DEBUG ? (error.stack ?? error.message) : String(error);
  await printNote(`${colors.red('internal error')}: ${printableLines(text)}`);
  await printNote('  this is a bug in jailhouse-bundle; run again with DEBUG=1 and report what it prints');
  return EXIT.findings;
}
