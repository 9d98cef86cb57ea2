import { basename, dirname, join, resolve } from 'node:path';
import { encodeConfig } from '../formats/cell/yaml/compile.ts';
import { writeDescription } from '../formats/cell/yaml/decompile.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import { writeAtomically } from '../inputs/atomic-file.ts';
import type { Architecture } from '../base/choices.ts';
import { unfinishedFiles } from './cleanup.ts';
import { UsageError } from './exit.ts';

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
  const content = isYaml(output)
    ? new TextEncoder().encode(writeDescription(config, architecture, null))
    : encodeConfig(config);
  await writeAtomically(output, [content], unfinishedFiles);
}
