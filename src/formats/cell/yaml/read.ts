import { configKind, hasGnuPropertyNote } from '../identify.ts';
import type { CellConfig, SystemConfig } from '../types.ts';
import { InputError, type Diagnostic, type ManifestPath } from '../../../base/diagnostic.ts';
import type { SourceRange } from '../../yaml/source.ts';
import type { CompileOptions } from './compile.ts';
import { decompileConfig } from './decompile.ts';
import { parseDescription } from './parse.ts';

/** A config from a binary file or from a description. */
export interface ReadConfig {
  config: CellConfig | SystemConfig | null;
  /** Of a description, each with its `range`; a binary file has none. */
  problems: Diagnostic[];
  /** The description; null for a binary file. */
  text: string | null;
  locate: ((path: ManifestPath) => SourceRange) | null;
  /** What the file does not say and was assumed. */
  assumed: string | null;
}

/** Whether a file is meant as a description: text, where a config has a signature, an object file its own, and NULs. */
export function isDescription(file: Uint8Array): boolean {
  return (
    file.length > 0 &&
    configKind(file) === null &&
    !hasGnuPropertyNote(file) &&
    !file.subarray(0, 4096).includes(0)
  );
}

/** @throws InputError `description/encoding` */
export function decodeDescriptionText(file: Uint8Array, shown: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file);
  } catch {
    throw new InputError('description/encoding', `${shown} is neither a Jailhouse config nor UTF-8 text`, {
      fix: 'give a compiled *.cell file, or its description (*.jailhouse.yaml)',
    });
  }
}

/**
 * Reads a config in either form.
 *
 * @throws InputError as {@link decompileConfig} does, for a binary file
 */
export function readConfig(file: Uint8Array, shown: string, options: CompileOptions = {}): ReadConfig {
  if (!isDescription(file)) {
    const { config, assumed } = decompileConfig(file, options.architecture);
    return { config, problems: [], text: null, locate: null, assumed };
  }
  const text = decodeDescriptionText(file, shown);
  const { config, problems, locate } = parseDescription(text, options);
  return { config, problems, text, locate, assumed: null };
}
