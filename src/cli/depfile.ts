import { join, resolve } from 'node:path';
import { failure, type Diagnostic } from '../base/diagnostic.ts';
import { archiveName } from '../bundle/names.ts';
import { writeAtomically } from '../inputs/atomic-file.ts';
import { depfileText, unreadableIn, type DepfileRule } from '../reports/depfile.ts';
import { unfinishedFiles } from './cleanup.ts';
import type { PreparedManifest } from './manifests.ts';
import { overwritten } from './overwrite.ts';

/** What each bundle is made from. A cell that is planned around the others of the run depends on their files, too. */
function rulesOf(
  manifests: readonly PreparedManifest[],
  out: string,
  more: readonly string[],
): (DepfileRule & { manifest: PreparedManifest })[] {
  const all = manifests.flatMap(({ inputs }) => inputs);
  return manifests.flatMap((manifest) => {
    const { ready, made, inputs } = manifest;
    if (ready === null) return [];
    const around = made === null ? [] : all;
    return [{ manifest, target: join(out, archiveName(ready)), inputs: [...inputs, ...around, ...more] }];
  });
}

interface Around {
  out: string;
  /** Files that every bundle depends on. */
  more: readonly string[];
  /** What is read, by what it is on the disk. */
  inputs: ReadonlyMap<string, string>;
  /** Bundles and signatures. */
  written: readonly string[];
}

/** Adds an error for each name that a depfile cannot have, and if it would take the place of another file. */
export async function checkDepfile(
  depfile: string,
  manifests: readonly PreparedManifest[],
  { out, more, inputs, written }: Around,
): Promise<void> {
  const rules = rulesOf(manifests, out, more);
  const told = rules[0]?.manifest.diagnostics;
  const fix = 'give --depfile another name';
  const input = await overwritten(depfile, inputs);
  if (input !== null) {
    told?.push(failure('build/overwrites-input', `--depfile ${depfile} would overwrite ${input}`, { fix }));
  }
  const bundle = written.find((file) => resolve(file) === resolve(depfile));
  if (bundle !== undefined) {
    told?.push(failure('build/same-name', `--depfile and a bundle would both write ${bundle}`, { fix }));
  }
  const seen = new Set<string>();
  const check = (name: string, as: 'target' | 'input', diagnostics: Diagnostic[]): void => {
    const part = unreadableIn(name, as);
    if (part === null || seen.has(name)) return;
    seen.add(name);
    const what = as === 'target' ? 'the folder of -o' : 'the file or its folder';
    diagnostics.push(
      failure('build/depfile-name', `a depfile cannot name '${name}', because of '${part}' in it`, {
        fix: `rename ${what}, or build without --depfile`,
      }),
    );
  };
  for (const rule of rules) {
    check(rule.target, 'target', rule.manifest.diagnostics);
    for (const name of rule.inputs) check(name, 'input', rule.manifest.diagnostics);
  }
}

/** @throws InputError `output/…` */
export async function writeDepfile(
  file: string,
  manifests: readonly PreparedManifest[],
  out: string,
  more: readonly string[],
): Promise<void> {
  const text = depfileText(rulesOf(manifests, out, more));
  await writeAtomically(file, [new TextEncoder().encode(text)], unfinishedFiles);
}
