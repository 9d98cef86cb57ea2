import { readBinary } from '../read.ts';
import { VARIANTS, type Versioned } from '../layout-ids.ts';
import { releaseOf } from '../releases.ts';
import type { CellConfig, SystemConfig } from '../types.ts';
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

/** The text of a config's description. */
export function writeDescription(
  config: CellConfig | SystemConfig,
  architecture: Architecture,
  assumed: string | null,
): string {
  const heading = ` A Jailhouse ${config.kind} config; \`jailhouse-bundle cell compile\` turns it into a binary file.`;
  const { layout } = config;
  const release = releaseOf(config.revision);
  return emitYaml(describeConfig(config, architecture), heading, {
    ...(layout === undefined
      ? { revision: release === null ? 'development trees of Jailhouse' : `Jailhouse ${release}` }
      : { layout: VARIANTS[layout].of }),
    ...(assumed === null ? {} : { architecture: assumed }),
  });
}

/**
 * Reads a binary cell or system config, and writes it as a description: compiled again, it gives the same bytes.
 *
 * @param architecture for revisions 3 to 13, which do not name it
 * @param layout whatever the file shows
 * @throws InputError as {@link readBinary} does
 */
export function decompileConfig(
  file: Uint8Array,
  architecture?: Architecture,
  layout?: Versioned,
): Decompiled {
  const { config, assumed } = readBinary(file, architecture, undefined, layout);
  const effective = architecture ?? config.architecture ?? 'arm64';
  return { text: writeDescription(config, effective, assumed), config, architecture: effective, assumed };
}
