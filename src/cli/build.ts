import type { Command } from 'commander';
import { formatOf, profileOption, withFormat, type Finish } from './command.ts';
import { join } from 'node:path';
import { diagnosticOf, failure, hasErrors } from '../base/diagnostic.ts';
import type { Profile } from '../base/choices.ts';
import { printable } from '../base/text.ts';
import { writeAtomically } from '../inputs/atomic-file.ts';
import { bootFinding } from '../boot/finding.ts';
import { archiveName } from '../bundle/names.ts';
import type { ReadyBundle } from '../inputs/pack.ts';
import { InputStore } from '../inputs/store.ts';
import { parseSourceDateEpoch } from '../bundle/source-date-epoch.ts';
import type { Boot } from '../inputs/boot/types.ts';
import { bootFacts, renderBoot, renderSkipped } from './boot-report.ts';
import { unfinishedFiles } from './cleanup.ts';
import { EXIT, UsageError, type ExitCode, type Format } from './exit.ts';
import type { PreparedManifest } from './manifests.ts';
import { factsOf, planOf } from './facts.ts';
import { lookFor, printLine, printNote, printReport } from './output.ts';
import { identify, overwritten } from './overwrite.ts';
import { ProgressLine } from './progress.ts';
import { findingFacts } from '../reports/json.ts';
import { subjectTitle } from '../reports/report.ts';
import { checkReading, withReading, type ReadingOptions } from './reading.ts';
import { renderBriefly, verdict, verdictOfAll } from './report.ts';

interface BuildOptions extends ReadingOptions {
  out: string;
  profile: Profile;
  format: Format;
  boot?: true;
}

/** Two manifests must not write one file. */
function checkNames(manifests: readonly PreparedManifest[]): void {
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

/** A bundle must not take the place of what some bundle is made from. */
async function checkInputs(manifests: readonly PreparedManifest[], out: string): Promise<void> {
  const inputs = await identify(manifests.flatMap((manifest) => manifest.inputs));
  for (const { ready, diagnostics } of manifests) {
    if (ready === null) continue;
    const file = join(out, archiveName(ready));
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

interface Written {
  file: string;
  size: number;
  sha256: string;
  /** Of the tar in a compressed bundle; else the same as `sha256`. */
  tarSha256: string;
}

async function writeBundle(
  ready: ReadyBundle,
  store: InputStore,
  out: string,
  mtime: number,
): Promise<Written> {
  const { packReady } = await import('../inputs/pack.ts');
  const file = join(out, archiveName(ready));
  const progress = new ProgressLine(process.stderr, archiveName(ready), ready.contents.size);
  const packing = packReady(ready, store, mtime, (bytes) => progress.advance(bytes));
  try {
    await writeAtomically(file, packing.chunks, unfinishedFiles);
  } finally {
    progress.clear();
  }
  return { file, ...packing.result() };
}

const hasFailed = ({ diagnostics }: PreparedManifest): boolean => hasErrors(diagnostics);

/** `build`: findings go to standard error; standard output names each bundle and its digest, as sha256sum does. */
export async function build(files: readonly string[], options: BuildOptions): Promise<ExitCode> {
  const { out, profile, format, boot: isStarted } = options;
  checkReading(options, format);
  if (out === '') throw new UsageError("-o needs a folder, not ''", 'write -o . for the current one');
  let mtime: number;
  try {
    mtime = parseSourceDateEpoch(process.env.SOURCE_DATE_EPOCH);
  } catch (error) {
    if (format === 'text') throw error;
    await printReport('build', {
      ok: false,
      findings: [findingFacts(diagnosticOf(error), null)],
      subjects: [],
    });
    return EXIT.findings;
  }
  const store = new InputStore();
  // What reads manifests takes long to load; help and wrong usage do without.
  const { prepareManifests } = await import('./manifests.ts');
  const manifests = await prepareManifests(files, store, profile);
  checkNames(manifests);
  await checkInputs(manifests, out);

  const look = lookFor(process.stderr);
  const tell = async (manifest: PreparedManifest): Promise<void> => {
    if (format === 'json') return;
    for (const text of renderBriefly(manifest, look, options)) await printNote(text);
    if (hasFailed(manifest)) await printNote(verdict(manifest, look));
  };
  for (const manifest of manifests) await tell(manifest);

  const boots = new Map<PreparedManifest, Boot>();
  if (isStarted && !manifests.some(hasFailed)) {
    const { bootCell } = await import('../inputs/boot/cell.ts');
    for (const manifest of manifests) {
      const { started } = manifest;
      if (started === null) continue;
      const title = subjectTitle(manifest);
      if (started === 'bare') {
        if (format === 'text') await printNote(renderSkipped(title, look));
        continue;
      }
      const boot = await bootCell(started, store);
      boots.set(manifest, boot);
      const finding = bootFinding(boot, 'build without --boot');
      if (finding !== null) {
        manifest.diagnostics.push(finding);
        await tell({ ...manifest, diagnostics: [finding] });
      } else if (format === 'text') {
        for (const text of renderBoot(title, boot, look)) await printNote(text);
      }
    }
  }

  const written = new Map<PreparedManifest, Written>();
  if (manifests.some(hasFailed)) {
    if (format === 'text') {
      for (const text of verdictOfAll(manifests, look)) await printNote(text);
      await printNote('nothing is written');
    }
  } else {
    for (const manifest of manifests) {
      const { ready } = manifest;
      if (ready === null) continue;
      try {
        const bundle = await writeBundle(ready, store, out, mtime);
        written.set(manifest, bundle);
        if (format === 'text') await printLine(`${bundle.sha256}  ${printable(bundle.file)}`);
      } catch (error) {
        const diagnostic = diagnosticOf(error);
        manifest.diagnostics.push(diagnostic);
        await tell({ ...manifest, diagnostics: [diagnostic] });
      }
    }
  }
  const ok = !manifests.some(hasFailed);
  if (format === 'json') {
    const subjects = manifests.map(async (manifest) => ({
      file: manifest.file,
      cell: manifest.part ?? null,
      ok: !hasFailed(manifest),
      plan: await planOf(manifest),
      bundle: written.get(manifest) ?? null,
      boot: boots.has(manifest) ? bootFacts(boots.get(manifest)!) : null,
    }));
    const findings = manifests.flatMap(factsOf);
    await printReport('build', { ok, findings, subjects: await Promise.all(subjects) });
  }
  return ok ? EXIT.fine : EXIT.findings;
}

export function define(command: Command, finish: Finish): void {
  withReading(withFormat(command))
    .addOption(profileOption())
    .description(
      'Checks every manifest and machine file, then writes <name>.tar (or .tar.gz) for each. If one of them has an ' +
        'error, nothing is written. Prints the digest and the path of each bundle, as sha256sum does.',
    )
    .argument('<manifest...>', '*.cell.yaml and *.machine.yaml files')
    .option('-o, --out <dir>', 'folder for the bundles; created if it does not exist', '.')
    .option('--boot', 'start each cell with Linux in QEMU, and write nothing if one of them does not start')
    .action(async (manifests: string[], options) => {
      finish(await build(manifests, { ...options, format: formatOf(options) }));
    });
}
