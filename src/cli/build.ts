import { join } from 'node:path';
import { hasErrors, InputError } from '../diagnostic.ts';
import type { Profile } from '../kernel/evidence.ts';
import { writeAtomically } from '../node/atomic-file.ts';
import { archiveName, packCell } from '../node/pack.ts';
import type { ReadyCell } from '../node/prepare.ts';
import { InputStore } from '../node/store.ts';
import { parseSourceDateEpoch } from '../source-date-epoch.ts';
import { unfinishedFiles } from './cleanup.ts';
import { EXIT, type ExitCode, type Format } from './exit.ts';
import { prepareManifests, type PreparedManifest } from './manifests.ts';
import { colorsFor, printLine, printNote, toJson } from './output.ts';
import { ProgressLine } from './progress.ts';
import { findingJson, renderFindings, tally } from './report.ts';

interface BuildOptions {
  out: string;
  profile: Profile;
  format: Format;
}

type Ready = PreparedManifest & { ready: ReadyCell };

/** Two manifests must not write one file. */
function checkNames(manifests: readonly Ready[]): void {
  const owners = new Map<string, string>();
  for (const { file, ready } of manifests) {
    const name = archiveName(ready);
    const other = owners.get(name);
    if (other !== undefined) {
      throw new InputError('build/same-name', `${other} and ${file} would both write ${name}`, {
        hint: 'give one of them another `name:`',
      });
    }
    owners.set(name, file);
  }
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  progress: ProgressLine,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    yield chunk;
    progress.advance(chunk.length);
  }
}

interface Written {
  bundle: string;
  size: number;
  sha256: string;
  tarSha256: string;
}

async function writeBundle(
  { ready }: Ready,
  store: InputStore,
  out: string,
  mtime: number,
): Promise<Written> {
  const path = join(out, archiveName(ready));
  const packing = packCell(ready, store, mtime);
  const progress = new ProgressLine(process.stderr, archiveName(ready), ready.contents.size);
  try {
    await writeAtomically(path, counted(packing.chunks, progress), unfinishedFiles);
  } finally {
    progress.clear();
  }
  return { bundle: path, ...packing.result() };
}

/** `build`: findings go to standard error; standard output names each bundle and its digest, as sha256sum does. */
export async function build(
  files: readonly string[],
  { out, profile, format }: BuildOptions,
): Promise<ExitCode> {
  const mtime = parseSourceDateEpoch(process.env.SOURCE_DATE_EPOCH);
  const store = new InputStore();
  const manifests: PreparedManifest[] = [];
  for await (const prepared of prepareManifests(files, store, profile)) manifests.push(prepared);
  const failed = manifests.some(({ diagnostics }) => hasErrors(diagnostics));

  if (format === 'text') {
    const colors = colorsFor(process.stderr);
    for (const manifest of manifests) {
      for (const text of renderFindings(manifest, colors)) await printNote(`${text}\n`);
      if (hasErrors(manifest.diagnostics)) {
        await printNote(
          `${colors.bold(manifest.file)} ${colors.red('fails')}: ${tally(manifest.diagnostics)}; nothing is written`,
        );
      }
    }
  }
  const written = new Map<string, Written>();
  if (!failed) {
    const ready = manifests.filter((manifest): manifest is Ready => manifest.ready !== null);
    checkNames(ready);
    for (const manifest of ready) {
      const result = await writeBundle(manifest, store, out, mtime);
      written.set(manifest.file, result);
      if (format === 'text') await printLine(`${result.sha256}  ${result.bundle}`);
    }
  }
  if (format === 'json') {
    const results = manifests.map((manifest) => ({
      manifest: manifest.file,
      ok: !hasErrors(manifest.diagnostics),
      ...written.get(manifest.file),
      findings: manifest.diagnostics.map((diagnostic) => findingJson(manifest, diagnostic)),
    }));
    await printLine(toJson({ ok: !failed, manifests: results }));
  }
  return failed ? EXIT.findings : EXIT.fine;
}
