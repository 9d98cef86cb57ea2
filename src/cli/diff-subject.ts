import type { DIFF_KINDS } from '../reports/output-schema.ts';
import { hasErrors, InputError, inputErrorOf, reworded } from '../base/diagnostic.ts';
import { detectKind } from '../inspect/kind.ts';
import { LIMITS, readChunks, readWhole, seeFile, type SeenFile } from '../inputs/files.ts';
import { InputStore } from '../inputs/store.ts';
import type { Portrait } from '../release/diff/types.ts';
import type { PreparedManifest } from './manifests.ts';

export type DiffKind = (typeof DIFF_KINDS)[number];

/** A file to compare: its kind, and what is read of it once the other is known to be of that kind, too. */
export interface DiffSubject {
  kind: DiffKind;
  portraits(): Promise<Portrait[]>;
}

const MANIFEST = /\.ya?ml$/;

async function headOf(file: SeenFile): Promise<Uint8Array> {
  for await (const chunk of readChunks(file)) return chunk;
  return new Uint8Array();
}

async function readBundle(source: AsyncIterable<Uint8Array>): Promise<Portrait[]> {
  const { readBundleForDiff } = await import('../release/diff/read-bundle.ts');
  const { bundlePortraits } = await import('../release/diff/bundle-portraits.ts');
  return bundlePortraits(await readBundleForDiff(source));
}

async function readKernel(file: SeenFile): Promise<Portrait[]> {
  const { examineKernel } = await import('../formats/kernel/examine.ts');
  const { kernelPortrait } = await import('../release/diff/kernel-items.ts');
  const { createHash } = await import('node:crypto');
  const bytes = await readWhole(file, LIMITS.kernel);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return [kernelPortrait(await examineKernel(bytes), bytes.length, sha256)];
}

/** A manifest is compared as the bundle that it gives, in spite of errors; its kernel config may be a file beside it. */
async function readManifestPortraits(file: string): Promise<Portrait[]> {
  const store = new InputStore();
  const { prepareManifests } = await import('./manifests.ts');
  const prepared = await prepareManifests([file], store, 'strict', { force: true });
  const [first] = prepared as [PreparedManifest, ...PreparedManifest[]];
  const { ready } = first;
  if (ready === null) {
    refuseUnreadable(prepared);
    const { findingsPortrait } = await import('../release/diff/bundle-portraits.ts');
    const isMachine = prepared.length > 1;
    return prepared.map(({ name, diagnostics }, index) =>
      findingsPortrait(isMachine && index > 0 ? name : null, diagnostics),
    );
  }
  const { packReady } = await import('../inputs/pack.ts');
  const portraits = await readBundle(packReady(ready, store, 0).chunks);
  return portraits.map((portrait) => {
    const own = prepared.find(({ name }, index) =>
      portrait.cell === null ? index === 0 : index > 0 && name === portrait.cell,
    );
    const config = own?.kernel?.config ?? null;
    return config === null ? portrait : { ...portrait, symbols: { config } };
  });
}

/** What cannot be read gives no findings to compare. */
function refuseUnreadable(prepared: readonly PreparedManifest[]): void {
  const errors = prepared.flatMap(({ diagnostics }) => diagnostics.filter((each) => hasErrors([each])));
  const unreadable = errors.find(({ code }) => /^(?:input|manifest)\//.test(code));
  if (unreadable === undefined) return;
  const { code, message, ...more } = unreadable;
  throw new InputError(code, message, more);
}

/** A kernel config, if it is none of the kinds that are told by their first bytes. */
async function configSubject(file: SeenFile, otherwise: InputError): Promise<DiffSubject> {
  const bytes = file.size > LIMITS.config ? null : await readWhole(file, LIMITS.config);
  const { configPortrait } = await import('../release/diff/kernel-items.ts');
  try {
    if (bytes === null) throw otherwise;
    const portrait = configPortrait(bytes);
    return { kind: 'kernel-config', portraits: async () => [portrait] };
  } catch (error) {
    inputErrorOf(error);
    throw otherwise;
  }
}

const notComparable = new InputError('inspect/unknown', 'this file cannot be compared', {
  requested: 'a bundle, a manifest or machine file (*.yaml), a kernel, or a kernel config',
  fix: '`jailhouse-bundle inspect` shows what is in files of other kinds',
});

async function openSubject(path: string): Promise<DiffSubject> {
  const file = await seeFile(path, path);
  if (MANIFEST.test(path)) return { kind: 'manifest', portraits: () => readManifestPortraits(path) };
  const head = await headOf(file);
  let kind: ReturnType<typeof detectKind>;
  try {
    kind = detectKind(head);
  } catch (error) {
    inputErrorOf(error);
    return configSubject(file, notComparable);
  }
  if (kind === 'bundle') return { kind, portraits: () => readBundle(readChunks(file)) };
  if (kind === 'kernel') return { kind, portraits: () => readKernel(file) };
  throw notComparable;
}

const named = (file: string, error: unknown): InputError =>
  reworded(error, ({ message }) => (message.includes(file) ? {} : { message: `${file}: ${message}` }));

/** Finds out what a file is. @throws InputError, with the file's name, for what cannot be compared */
export async function diffSubject(file: string): Promise<DiffSubject> {
  try {
    const { kind, portraits } = await openSubject(file);
    const read = (): Promise<Portrait[]> =>
      portraits().catch((error: unknown) => {
        throw named(file, error);
      });
    return { kind, portraits: read };
  } catch (error) {
    throw named(file, error);
  }
}
