import { configKind } from '../identify.ts';
import { LAYOUTS } from '../layouts.ts';
import { releaseOf } from '../releases.ts';
import { parseCellConfig, portsTellX86 } from '../config.ts';
import { parseSystemConfig } from '../system.ts';
import type { CellConfig, SystemConfig } from '../types.ts';
import { InputError } from '../../../base/diagnostic.ts';
import type { Architecture } from '../../../base/choices.ts';
import { describeConfig } from './describe.ts';
import { emitYaml } from './emit.ts';

/** A binary config as a description. */
export interface Decompiled {
  /** A `*.jailhouse.yaml`. */
  text: string;
  config: CellConfig | SystemConfig;
  /** What it is read as. */
  architecture: Architecture;
  /** What the file does not say and was assumed; null if nothing was. */
  assumed: string | null;
}

/** Where the architecture is from; null where the file says it. */
function assumption(config: CellConfig | SystemConfig, given: Architecture | undefined): string | null {
  const { revision } = config;
  if (LAYOUTS[revision].namesArchitecture) return null;
  if (given !== undefined) return `as given; revision ${revision} files do not say`;
  const { pio } = config.kind === 'cell' ? config : config.rootCell;
  return portsTellX86(pio) !== null
    ? `from the I/O ports; revision ${revision} files do not say`
    : `assumed: revision ${revision} files do not say; --arch says it`;
}

/** The text of a config's description. */
export function writeDescription(
  config: CellConfig | SystemConfig,
  architecture: Architecture,
  assumed: string | null,
): string {
  const heading = ` A Jailhouse ${config.kind} config; \`jailhouse-bundle cell compile\` makes it binary.`;
  const release = releaseOf(config.revision);
  return emitYaml(describeConfig(config, architecture), heading, {
    revision: release === null ? 'development trees of Jailhouse' : `Jailhouse ${release}`,
    ...(assumed === null ? {} : { architecture: assumed }),
  });
}

/**
 * Reads a binary cell or system config, and writes it as a description: compiled again, it gives the same bytes.
 *
 * @param architecture for revisions 3 to 13, which do not name it
 * @throws InputError as {@link parseCellConfig} does; `cell/architecture` if the file names another one
 */
export function decompileConfig(file: Uint8Array, architecture?: Architecture): Decompiled {
  const isSystem = configKind(file) === 'system';
  const config = isSystem ? parseSystemConfig(file, architecture) : parseCellConfig(file);
  if (
    LAYOUTS[config.revision].namesArchitecture &&
    architecture !== undefined &&
    architecture !== config.architecture
  ) {
    throw new InputError(
      'cell/architecture',
      `the config is for ${config.architecture}, not for ${architecture}`,
      {
        fix: 'leave --arch out: revision 14 files say it',
      },
    );
  }
  const effective = architecture ?? config.architecture ?? 'arm64';
  const assumed = assumption(config, architecture);
  return { text: writeDescription(config, effective, assumed), config, architecture: effective, assumed };
}
