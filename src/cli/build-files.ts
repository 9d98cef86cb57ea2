import { join } from 'node:path';
import { failure } from '../base/diagnostic.ts';
import { archiveName, SIGNATURE_SUFFIX } from '../bundle/names.ts';
import { checkDepfile } from './depfile.ts';
import type { PreparedManifest } from './manifests.ts';
import { identify, overwritten } from './overwrite.ts';
import type { RulesOptions } from './project-rules.ts';
import type { KeyOptions } from './secret-key.ts';

/** What `build` reads and writes beside manifests and what they name. */
export interface OutputOptions extends KeyOptions, Pick<RulesOptions, 'rules'> {
  out: string;
  depfile?: string;
}

/** Two manifests must not write one file. */
export function checkNames(manifests: readonly PreparedManifest[]): void {
  const owners = new Map<string, string>();
  for (const { file, ready, diagnostics } of manifests) {
    if (ready === null) continue;
    const name = archiveName(ready);
    const other = owners.get(name);
    if (other === undefined) {
      owners.set(name, file);
    } else {
      diagnostics.push(
        failure('build/same-name', `${other} and ${file} would both write ${name}`, {
          fix: other === file ? 'name the manifest only once' : 'give one of them another `name:`',
          path: ['name'],
        }),
      );
    }
  }
}

/** Files that every bundle depends on, beside what its manifest names. */
export const sharedInputs = ({ secretKey, rules = [] }: OutputOptions): string[] => [
  ...(secretKey === undefined ? [] : [secretKey]),
  ...rules,
];

/** A bundle must not take the place of what some bundle is made from. */
export async function checkInputs(
  manifests: readonly PreparedManifest[],
  options: OutputOptions,
): Promise<void> {
  const { out, secretKey, passwordFile, depfile, rules = [] } = options;
  const isSigned = secretKey !== undefined;
  const inputs = await identify([
    ...manifests.flatMap((manifest) => manifest.inputs),
    ...[secretKey, passwordFile].filter((file) => file !== undefined),
    ...rules,
  ]);
  const written: string[] = [];
  for (const { ready, diagnostics } of manifests) {
    if (ready === null) continue;
    const archive = join(out, archiveName(ready));
    for (const file of [archive, ...(isSigned ? [`${archive}${SIGNATURE_SUFFIX}`] : [])]) {
      written.push(file);
      const input = await overwritten(file, inputs);
      if (input === null) continue;
      diagnostics.push(
        failure('build/overwrites-input', `${file} would overwrite ${input}, which is read for the bundle`, {
          fix: 'write to another directory with `-o`, or give the bundle another `name:`',
          path: ['name'],
        }),
      );
    }
  }
  if (depfile !== undefined) {
    await checkDepfile(depfile, manifests, { out, more: sharedInputs(options), inputs, written });
  }
}
