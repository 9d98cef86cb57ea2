import type { Command } from 'commander';
import { CHECK_FORMATS, formatOf, once, withFormat, type Finish } from './command.ts';
import { join } from 'node:path';
import { diagnosticOf, type Diagnostic } from '../base/diagnostic.ts';
import type { Profile } from '../base/choices.ts';
import { printable } from '../base/text.ts';
import { bootFinding } from '../boot/finding.ts';
import { archiveName } from '../bundle/names.ts';
import type { PackResult } from '../bundle/tar.ts';
import type { ReadyBundle } from '../inputs/pack.ts';
import { InputStore } from '../inputs/store.ts';
import type { SecretKey } from '../release/minisign/secret-key.ts';
import { parseSourceDateEpoch } from '../bundle/source-date-epoch.ts';
import type { Boot } from '../inputs/boot/types.ts';
import { bootFacts, renderBoot, renderSkipped } from './boot-report.ts';
import { EXIT, UsageError, type CheckFormat, type ExitCode } from './exit.ts';
import type { PreparedManifest } from './manifests.ts';
import { encodeCheck } from './check-report.ts';
import { checkInputs, checkNames, sharedInputs, type OutputOptions } from './build-files.ts';
import { writeDepfile } from './depfile.ts';
import { factsOf, planOf, rulesOf } from './facts.ts';
import { namedManifests, orReport } from './named-files.ts';
import { lookFor, print, printLine, printNote, printReport } from './output.ts';
import { ProgressLine } from './progress.ts';
import { findingFacts } from '../reports/json.ts';
import { openKey, withKeyOptions } from './secret-key.ts';
import { signedNote, writeSigned, writeUnsigned, type WrittenSignature } from './write-signed.ts';
import { isFailing, subjectTitle } from '../reports/report.ts';
import { projectRules, withRules, type RulesOptions } from './project-rules.ts';
import { checkReading, withReading, type ReadingOptions } from './reading.ts';
import { settingsOf, withSettings, type SettingOptions } from './settings.ts';
import { renderBriefly, verdict, verdictOfAll } from './report.ts';

interface Written extends PackResult {
  file: string;
  signature: WrittenSignature | null;
}

interface BuildOptions extends ReadingOptions, OutputOptions, RulesOptions, SettingOptions {
  profile: Profile;
  format: CheckFormat;
  boot?: true;
}

async function writeBundle(
  ready: ReadyBundle,
  store: InputStore,
  out: string,
  mtime: number,
  key: SecretKey | null,
): Promise<Written & { stale: Diagnostic[]; renewed: string[] }> {
  const { packReady } = await import('../inputs/pack.ts');
  const file = join(out, archiveName(ready));
  const progress = new ProgressLine(process.stderr, archiveName(ready), ready.contents.size);
  const packing = packReady(ready, store, mtime, { key, onRead: ({ length }) => progress.advance(length) });
  const { contents, compress } = ready;
  try {
    if (key === null) {
      const stale = await writeUnsigned(file, packing.chunks);
      return { file, ...packing.result(), signature: null, stale, renewed: [] };
    }
    const written = await writeSigned(file, packing.chunks, { name: contents.name, compress }, key);
    return { file, ...packing.result(), ...written, stale: [] };
  } finally {
    progress.clear();
  }
}

/** `build`: findings go to standard error; standard output names each bundle and its digest, as sha256sum does. */
export async function build(files: readonly string[], options: BuildOptions): Promise<ExitCode> {
  const { out, profile, format, severity, boot: isStarted, secretKey, passwordFile, depfile } = options;
  const hasFailed = ({ diagnostics }: PreparedManifest): boolean =>
    diagnostics.some((diagnostic) => isFailing(diagnostic, severity));
  checkReading(options, format);
  if (out === '') throw new UsageError("-o needs a folder, not ''", 'write -o . for the current one');
  if (depfile === '') throw new UsageError("--depfile needs a file, not ''", 'write --depfile FILE');
  const refuse = async (error: unknown): Promise<ExitCode> => {
    if (format !== 'json') throw error;
    const findings = [findingFacts(diagnosticOf(error), null)];
    await printReport('build', { ok: false, findings, subjects: [] });
    return EXIT.findings;
  };
  let mtime: number;
  try {
    mtime = parseSourceDateEpoch(process.env.SOURCE_DATE_EPOCH);
  } catch (error) {
    return refuse(error);
  }
  const settings = await settingsOf(options, files);
  const store = new InputStore();
  const rules = await projectRules('build', options, store, format === 'json');
  if (rules === null) return EXIT.findings;
  // What reads manifests takes long to load; help and wrong usage do without.
  const { prepareManifests } = await import('./manifests.ts');
  const manifests = await prepareManifests(files, store, profile, { settings, ...rules });
  checkNames(manifests);
  await checkInputs(manifests, options);

  const look = lookFor(process.stderr);
  const tell = async (manifest: PreparedManifest): Promise<void> => {
    if (format !== 'text') return;
    for (const text of renderBriefly(manifest, look, options)) await printNote(text);
    if (hasFailed(manifest)) await printNote(verdict(manifest, look, severity));
  };
  for (const manifest of manifests) await tell(manifest);

  let key: SecretKey | null = null;
  if (secretKey !== undefined && !manifests.some(hasFailed)) {
    try {
      key = await openKey(secretKey, passwordFile);
    } catch (error) {
      return refuse(error);
    }
  }
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
      for (const text of verdictOfAll(manifests, look, severity)) await printNote(text);
      await printNote('nothing is written');
    }
  } else {
    for (const manifest of manifests) {
      const { ready } = manifest;
      if (ready === null) continue;
      try {
        const { stale, renewed, ...bundle } = await writeBundle(ready, store, out, mtime, key);
        written.set(manifest, bundle);
        manifest.diagnostics.push(...stale);
        if (stale.length > 0) await tell({ ...manifest, diagnostics: stale });
        if (format !== 'text') continue;
        await printLine(`${bundle.sha256}  ${printable(bundle.file)}`);
        if (bundle.signature !== null) await printNote(signedNote(bundle.signature, renewed));
      } catch (error) {
        const diagnostic = diagnosticOf(error);
        manifest.diagnostics.push(diagnostic);
        await tell({ ...manifest, diagnostics: [diagnostic] });
      }
    }
  }
  if (depfile !== undefined && !manifests.some(hasFailed)) {
    try {
      await writeDepfile(depfile, manifests, out, sharedInputs(options));
    } catch (error) {
      return refuse(error);
    }
  }
  const ok = !manifests.some(hasFailed);
  if (format === 'json') {
    const subjects = manifests.map(async (manifest) => ({
      file: manifest.file,
      cell: manifest.part ?? null,
      ok: !hasFailed(manifest),
      rules: rulesOf(manifest),
      plan: await planOf(manifest),
      bundle: written.get(manifest) ?? null,
      boot: boots.has(manifest) ? bootFacts(boots.get(manifest)!) : null,
    }));
    const findings = manifests.flatMap(factsOf);
    await printReport('build', { ok, findings, subjects: await Promise.all(subjects) });
  } else if (format !== 'text') {
    await print(await encodeCheck({ findings: manifests, files: null }, format, options, look));
  }
  return ok ? EXIT.fine : EXIT.findings;
}

export function define(command: Command, finish: Finish): void {
  withKeyOptions(
    withReading(withFormat(withRules(withSettings(command)), CHECK_FORMATS)),
    'sign each bundle with this key of minisign (or PKCS#8 PEM, Ed25519): SHA256SUMS.minisig in it, and ' +
      '<name>.tar.minisig next to it',
  )
    .description(
      'Checks every manifest and machine file, then writes <name>.tar (or .tar.gz) for each. If something in one of them ' +
        'fails, nothing is written. Prints the digest and the path of each bundle, as sha256sum does.',
    )
    .argument(
      '<manifest...>',
      '*.cell.yaml and *.machine.yaml files; a folder or a quoted pattern names those in it',
    )
    .option('-o, --out <dir>', 'folder for the bundles; created if it does not exist', '.')
    .option(
      '--depfile <file>',
      'write what each bundle is made from as rules of Make, which Ninja reads, too',
      once,
    )
    .option('--boot', 'start each cell with Linux in QEMU, and write nothing if one of them does not start')
    .action(async (manifests: string[], options) => {
      const format = formatOf<CheckFormat>(options);
      finish(
        await orReport('build', format === 'json', async () =>
          build(await namedManifests(manifests), { ...options, format }),
        ),
      );
    });
}
