import { configKind } from '../identify.ts';
import { InputError, type Diagnostic } from '../../../base/diagnostic.ts';
import { elsewhere } from '../../yaml/elsewhere.ts';
import { encodeConfig } from './compile.ts';
import { parseDescription } from './parse.ts';
import { decodeDescriptionText } from './read.ts';

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
