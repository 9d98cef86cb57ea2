import { InvalidArgumentError } from 'commander';
import { parseTarget } from '../formats/cell/yaml/release.ts';
import type { Revision } from '../formats/cell/releases.ts';
import { basename, dirname, join, resolve } from 'node:path';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import { writeAtomically } from '../inputs/atomic-file.ts';
import type { Architecture } from '../base/choices.ts';
import { unfinishedFiles } from './cleanup.ts';
import { UsageError } from './exit.ts';

export const ARCHITECTURE = 'architecture, if the file does not name it';

export const RELEASE = '--release <release>';

export function parseReleaseOption(text: string): Revision {
  const revision = parseTarget(text);
  if (revision !== null) return revision;
  throw new InvalidArgumentError('It must be 0.6 to 0.12, git, or a revision, 3 to 14.');
}

/** @throws UsageError if the output is the input */
export function checkOutput(input: string, output: string): void {
  if (output === '-' || resolve(input) !== resolve(output)) return;
  throw new UsageError(`-o ${output} would overwrite the input`, 'name another file');
}

const isYaml = (file: string): boolean => /\.ya?ml$/.test(file);

/** Beside the input: `linux.jailhouse.yaml` becomes `linux.cell`, with `suffix` behind `linux`. */
export const besideInput = (input: string, suffix: string): string =>
  join(dirname(input), `${basename(input).replace(/(?:\.jailhouse)?\.ya?ml$|\.cell$/, '')}${suffix}.cell`);

/** Writes a config: binary, or as a description if the file is named `*.yaml`. */
export async function writeConfig(
  output: string,
  config: CellConfig | SystemConfig,
  architecture: Architecture,
): Promise<void> {
  // The libraries for descriptions take long to load; help and wrong usage do without.
  const content = isYaml(output)
    ? new TextEncoder().encode(
        (await import('../formats/cell/yaml/decompile.ts')).writeDescription(config, architecture, null),
      )
    : (await import('../formats/cell/yaml/compile.ts')).encodeConfig(config);
  await writeAtomically(output, [content], unfinishedFiles);
}
