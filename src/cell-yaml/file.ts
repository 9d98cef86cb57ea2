import { configKind } from '../cell/identify.ts';
import { InputError, type Diagnostic } from '../diagnostic.ts';
import { codeFrame, lineAndColumn } from '../yaml/source.ts';
import { encodeConfig } from './compile.ts';
import { parseDescription } from './parse.ts';
import { decodeDescriptionText } from './read.ts';

/** A problem in another file than the one that names it: the place stands in the message, the lines below it. */
function elsewhere(shown: string, text: string, each: Diagnostic): Diagnostic {
  const { range, path: _, ...rest } = each;
  const { line, column } = lineAndColumn(text, range!.start);
  return { ...rest, message: `${shown}:${line}:${column}: ${each.message}`, detail: codeFrame(text, range!) };
}

/**
 * The binary config of a file in either form: descriptions are named `*.yaml`.
 *
 * @param shown the file's name, for problems
 */
export function compileFile(
  file: Uint8Array,
  shown: string,
): { bytes: Uint8Array; problems: [] } | { bytes: null; problems: Diagnostic[] } {
  if (!/\.ya?ml$/i.test(shown) || configKind(file) !== null) return { bytes: file, problems: [] };
  try {
    const text = decodeDescriptionText(file, shown);
    const { config, problems } = parseDescription(text);
    if (config !== null) return { bytes: encodeConfig(config), problems: [] };
    return { bytes: null, problems: problems.map((each) => elsewhere(shown, text, each)) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { bytes: null, problems: [error.diagnostic] };
  }
}
