import { configKind } from '../cell/identify.ts';
import { LAYOUTS } from '../cell/layouts.ts';
import { parseCellConfig } from '../cell/config.ts';
import { parseSystemConfig } from '../cell/system.ts';
import type { CellConfig, SystemConfig } from '../cell/types.ts';
import { InputError } from '../diagnostic.ts';
import type { Architecture } from '../plan/types.ts';
import { describeCell, describeSystem } from './describe.ts';
import { emitYaml } from './emit.ts';
import type { PlainMap } from './plain.ts';
import { describeRevision } from './scope.ts';

/** A binary config as a description. */
export interface Decompiled {
  /** A `*.jailhouse.yaml`. */
  text: string;
  data: PlainMap;
  config: CellConfig | SystemConfig;
  /** What the file does not say and was assumed; null if nothing was. */
  assumed: string | null;
}

/** Where the architecture is from; null where the file says it. */
function assumption(
  { kind, revision, architecture, ...rest }: CellConfig | SystemConfig,
  given: Architecture | undefined,
): string | null {
  if (LAYOUTS[revision].namesArchitecture) return null;
  if (given !== undefined) return `as given; revision ${revision} files do not say`;
  const { pio } = kind === 'cell' ? (rest as CellConfig) : (rest as SystemConfig).rootCell;
  const hasPorts = 'bitmap' in pio ? pio.bitmap.length > 0 : pio.regions.length > 0;
  return hasPorts
    ? `from the I/O ports; revision ${revision} files do not say`
    : `assumed: revision ${revision} files do not say; --arch says it`;
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
        hint: 'leave --arch out: revision 14 files say it',
      },
    );
  }
  const effective = architecture ?? config.architecture ?? 'arm64';
  const data = config.kind === 'cell' ? describeCell(config, effective) : describeSystem(config);
  const assumed = assumption(config, architecture);
  const what = isSystem ? 'system config' : 'cell config';
  const text = emitYaml(
    data,
    ` A Jailhouse ${what}, decompiled; \`jailhouse-bundle cell compile\` makes it binary again.`,
    {
      revision: describeRevision(config.revision).replace(/^.*\((.*)\)$/, '$1'),
      ...(assumed === null ? {} : { architecture: assumed }),
    },
  );
  return { text, data, config, assumed };
}
