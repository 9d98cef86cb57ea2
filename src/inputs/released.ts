import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { hasErrors, InputError, type Diagnostic } from '../base/diagnostic.ts';
import { BUNDLE_NAMES } from '../bundle/contents.ts';
import { METADATA_NAME } from '../bundle/names.ts';
import { metadataOf } from '../bundle/read-metadata.ts';
import { verifyBundle } from '../bundle/verify.ts';
import { examineInitrd } from '../formats/initrd/examine.ts';
import { PackageFiles, type InitrdPackages } from '../formats/initrd/packages.ts';
import type { ReleasedBundle } from '../release/subject.ts';
import { readChunks, type SeenFile } from './files.ts';

/** What is kept of the initrds, to look into them. */
const INITRDS_LIMIT = 64 << 20;

const isInitrd = (path: string): boolean =>
  path === BUNDLE_NAMES.initrd || path.endsWith(`.${BUNDLE_NAMES.initrd}`);

/** Keeps the initrds of a bundle while it is read; what is too large is left out. */
class Initrds {
  readonly #chunks = new Map<string, Uint8Array[]>();
  readonly #left = new Set<string>();
  #room = INITRDS_LIMIT;

  take(path: string, bytes: Uint8Array): void {
    if (!isInitrd(path) || this.#left.has(path)) return;
    this.#room -= bytes.length;
    const chunks = this.#chunks.get(path) ?? [];
    this.#chunks.set(path, chunks);
    if (this.#room >= 0) return void chunks.push(Uint8Array.from(bytes));
    this.#room += chunks.reduce((sum, { length }) => sum + length, bytes.length);
    this.#chunks.delete(path);
    this.#left.add(path);
  }

  async packages(): Promise<Map<string, InitrdPackages>> {
    const found = new Map<string, InitrdPackages>();
    for (const [path, chunks] of this.#chunks) {
      const bytes = Buffer.concat(chunks);
      const files = new PackageFiles();
      await examineInitrd(bytes, bytes.length, files);
      const packages = files.read();
      if (packages !== null) found.set(path, packages);
    }
    return found;
  }
}

/** A bundle, or what is wrong with it. */
interface ReadRelease {
  bundle: ReleasedBundle | null;
  diagnostics: readonly Diagnostic[];
}

const unread = (): InputError =>
  new InputError('bundle/metadata', `${METADATA_NAME} is not in the form that this version writes`, {
    fix: 'use the jailhouse-bundle that wrote the bundle or a newer one; else build the bundle again',
  });

/**
 * Reads a bundle about which something is to be said: it must be intact.
 *
 * @param time of the documents, in seconds since 1970; `null`: that of the bundle's files
 * @throws InputError as {@link readChunks} does, and `bundle/metadata`
 */
export async function readReleased(seen: SeenFile, time: number | null): Promise<ReadRelease> {
  const hash = createHash('sha256');
  const hashed = async function* (): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of readChunks(seen)) {
      hash.update(chunk);
      yield chunk;
    }
  };
  const initrds = new Initrds();
  const { name, mtime, files, onTarget, metadata, diagnostics } = await verifyBundle(
    hashed(),
    (file, bytes) => initrds.take(file, bytes),
  );
  if (hasErrors(diagnostics) || name === null || mtime === null || metadata === null)
    return { bundle: null, diagnostics };
  const known = metadataOf(JSON.parse(metadata));
  if (known === null) throw unread();
  const bundle: ReleasedBundle = {
    file: basename(seen.path),
    digest: { size: seen.size, sha256: hash.digest('hex') },
    mtime,
    time: time ?? mtime,
    name,
    metadata: known,
    files,
    onTarget,
    packages: await initrds.packages(),
  };
  return { bundle, diagnostics };
}
