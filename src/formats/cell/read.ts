import { InputError, type Diagnostic, type ManifestPath } from '../../base/diagnostic.ts';
import type { SourceRange } from '../yaml/source.ts';
import type { Architecture } from '../../base/choices.ts';
import { parseCellConfig, portsTellX86 } from './config.ts';
import {
  BUILD_C_SOURCE,
  configKind,
  hasGnuPropertyNote,
  textKind,
  wrongKind,
  type ConfigKind,
} from './identify.ts';
import type { Versioned } from './layout-ids.ts';
import { parseSystemConfig } from './system.ts';
import type { CellConfig, SystemConfig } from './types.ts';
import { layoutOf } from './variants.ts';
import type { CompileOptions } from './yaml/compile.ts';

/** The text that describes a config. */
export interface DescriptionText {
  /** As problems call it. */
  name: string;
  text: string;
  /** The place of the value at `path`, or of its nearest ancestor in the text. */
  locate(path: ManifestPath): SourceRange;
}

/** A config that was read in either form. */
export interface ReadConfig<Config> {
  /** `null` where `problems` says why there is none. */
  config: Config | null;
  /** Of a description, each with its `range`; a binary file has none. */
  problems: Diagnostic[];
  /** `null` for a binary file. */
  description: DescriptionText | null;
  /** What the file does not say and was assumed; `null` if nothing was. */
  assumed: string | null;
}

/** How to read a config, beside what it says itself. */
export interface ReadOptions<Kind extends ConfigKind = ConfigKind> extends CompileOptions {
  kind?: Kind | undefined;
  /** Of a binary file, whatever it shows; a description says it itself. */
  layout?: Versioned | undefined;
}

interface Configs {
  cell: CellConfig;
  system: SystemConfig;
}

/** Whether a file is meant as a description: text, where a config has a signature, an object file its own, and NULs. */
export const isDescription = (file: Uint8Array): boolean =>
  file.length > 0 &&
  configKind(file) === null &&
  !hasGnuPropertyNote(file) &&
  !file.subarray(0, 4096).includes(0);

function decodeText(file: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file);
  } catch {
    throw new InputError('description/encoding', `${name} is neither a Jailhouse config nor UTF-8 text`, {
      fix: 'give a compiled *.cell file, or its description (*.jailhouse.yaml)',
    });
  }
}

/** Where a binary file's architecture is from; `null` where the file says it. */
function assumption(config: CellConfig | SystemConfig, given: Architecture | undefined): string | null {
  const { revision } = config;
  if (layoutOf(config).namesArchitecture) return null;
  if (given !== undefined) return `as given; revision ${revision} files do not say`;
  const { pio } = config.kind === 'cell' ? config : config.rootCell;
  return portsTellX86(pio) !== null
    ? `from the I/O ports; revision ${revision} files do not say`
    : `assumed: revision ${revision} files do not say; --arch says it`;
}

/**
 * Reads a binary cell or system config.
 *
 * @param architecture for revisions 3 to 13, which do not name it
 * @param layout whatever the file shows
 * @throws InputError as {@link parseCellConfig} does; `cell/architecture` if the file names another one
 */
export function readBinary(
  file: Uint8Array,
  architecture?: Architecture,
  kind: ConfigKind = configKind(file) ?? 'cell',
  layout?: Versioned,
): { config: CellConfig | SystemConfig; assumed: string | null } {
  const config =
    kind === 'cell' ? parseCellConfig(file, layout) : parseSystemConfig(file, architecture, layout);
  const isNamed = layoutOf(config).namesArchitecture;
  if (isNamed && architecture !== undefined && architecture !== config.architecture) {
    const message = `the config is for ${config.architecture}, not for ${architecture}`;
    throw new InputError('cell/architecture', message, {
      fix: 'leave --arch out: revision 14 files say it',
    });
  }
  return { config, assumed: assumption(config, architecture) };
}

/**
 * Reads a cell or system config: a binary file, or a description. Which of them it is, its content says and not its name.
 *
 * @param name the file's, for problems
 * @param kind what is wanted; without it either is read
 * @throws InputError as {@link parseCellConfig} does, for a binary file; `cell/wrong-kind`, `description/encoding`
 */
export async function readConfig<Kind extends ConfigKind = ConfigKind>(
  file: Uint8Array,
  name: string,
  { kind, layout, ...options }: ReadOptions<Kind> = {},
): Promise<ReadConfig<Configs[Kind]>> {
  type Config = Configs[Kind];
  if (!isDescription(file)) {
    const { config, assumed } = readBinary(file, options.architecture, kind, layout);
    return { config: config as Config, problems: [], description: null, assumed };
  }
  if (textKind(file) === 'C source') {
    throw new InputError('description/yaml', `${name} is C source, not a description`, {
      fix: BUILD_C_SOURCE,
    });
  }
  // The libraries for descriptions take longer to load than most checks.
  const { parseDescription } = await import('./yaml/parse.ts');
  const text = decodeText(file, name);
  const { config, problems, locate } = parseDescription(text, options);
  if (config !== null && kind !== undefined && config.kind !== kind) throw wrongKind(config.kind, kind);
  return { config: config as Config | null, problems, description: { name, text, locate }, assumed: null };
}
