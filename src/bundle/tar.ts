import type { TarPacking } from '../base/choices.ts';
import { createHash } from 'node:crypto';

import { InputError } from '../base/diagnostic.ts';
import { gzipMembers } from './gzip.ts';
import { BLOCK, encodeHeader, MTIME_LIMIT, paddingOf, SIZE_LIMIT } from './header.ts';
import { checkBundleName, checkFileName, HOOKS_FOLDER, isHook, shown } from './names.ts';
import { readAhead } from './stream.ts';

/**
 * The content of an entry: bytes, or a stream of `size` bytes that is opened when its turn comes. A stream's chunks
 * must stay as they are (no buffer used twice), and run best at about 1 MiB. `sha256` is asked when the entry's turn
 * comes: if it gives the digest (lower-case hex), the content is not hashed again.
 */
export type ByteSource =
  | Uint8Array
  | {
      size: number;
      sha256?(): string | undefined | Promise<string | undefined>;
      read(): AsyncIterable<Uint8Array>;
    };

export interface BundleEntry {
  /** File name in the bundle's folder, or in that of its hooks. */
  path: string;
  executable?: boolean;
  source: ByteSource;
}

export interface FileDigest {
  size: number;
  /** Lower-case hex. */
  sha256: string;
}

/** What closes a bundle. */
type Closing = readonly BundleEntry[] | Promise<readonly BundleEntry[]>;

export interface PackOptions {
  /** The bundle's folder. */
  name: string;
  /** Seconds since 1970, up to 2038-01-19: the time of every entry. */
  mtime: number;
  compress: TarPacking;
}

/** `size` and `sha256` are of the emitted file, `tarSha256` is of the tar in it. */
export interface PackResult extends FileDigest {
  tarSha256: string;
}

export interface Packing {
  /** The tarball; can be read once. Stopping early closes the sources. */
  chunks: AsyncIterable<Uint8Array>;
  /** What was emitted, once `chunks` has come to its end. */
  result(): PackResult;
}

/**
 * Packs a bundle: the same entries give the same bytes, however their sources cut them. Entries stand in the order
 * given; `last` gets the digests of all of them and gives the closing ones.
 *
 * While `chunks` is read it throws what a source throws, and InputError `bundle/name` (also for a name used twice),
 * `bundle/size` (8 GiB or more), `bundle/mtime`, and `bundle/size-changed` where a source does not give `size` bytes.
 */
export function packBundle(
  entries: readonly BundleEntry[],
  last: (digests: ReadonlyMap<string, FileDigest>) => Closing,
  options: PackOptions,
): Packing {
  const tar = new Tally();
  const file = options.compress === 'gzip' ? new Tally() : tar;
  const tarChunks = tar.count(encodeTar(entries, last, options));
  return {
    chunks: file === tar ? tarChunks : file.count(gzipMembers(tarChunks)),
    result: () => ({ ...file.digest(), tarSha256: tar.digest().sha256 }),
  };
}

/** Size and digest of what streams through. */
class Tally {
  #size = 0;
  readonly #hash = createHash('sha256');
  #digest: FileDigest | undefined;

  async *count(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of chunks) {
      this.#size += chunk.length;
      this.#hash.update(chunk);
      yield chunk;
    }
    this.#digest = { size: this.#size, sha256: this.#hash.digest('hex') };
  }

  digest(): FileDigest {
    if (!this.#digest) throw new Error('the bundle has not been read to its end');
    return this.#digest;
  }
}

async function* encodeTar(
  entries: readonly BundleEntry[],
  last: (digests: ReadonlyMap<string, FileDigest>) => Closing,
  { name, mtime }: PackOptions,
): AsyncGenerator<Uint8Array, void> {
  checkBundleName(name);
  if (!Number.isInteger(mtime) || mtime < 0 || mtime > MTIME_LIMIT) {
    throw new InputError('bundle/mtime', `${mtime} is not possible as the time of a bundle`, {
      fix: `give whole seconds since 1970, 0 to ${MTIME_LIMIT} (2038-01-19)`,
    });
  }
  const digests = new Map<string, FileDigest>();
  const taken = new Set<string>();
  checkEntries(entries, taken);
  yield encodeHeader({ folder: name, path: null, size: 0, mtime, executable: false });
  for (const [index, entry] of entries.entries()) {
    if (isHook(entry.path) && !isHook(entries[index - 1]?.path ?? '')) {
      yield encodeHeader({ folder: name, path: HOOKS_FOLDER, size: 0, mtime, executable: false });
    }
    digests.set(entry.path, yield* encodeEntry(entry, name, mtime));
  }
  const closing = await last(digests);
  checkEntries(closing, taken);
  for (const entry of closing) yield* encodeEntry(entry, name, mtime);
  yield new Uint8Array(2 * BLOCK);
}

const sizeOf = (source: ByteSource): number => (source instanceof Uint8Array ? source.length : source.size);

function checkEntries(entries: readonly BundleEntry[], taken: Set<string>): void {
  for (const { path, source } of entries) {
    checkFileName(path);
    if (taken.has(path))
      throw new InputError('bundle/name', `two files of the bundle are called ${shown(path)}`);
    taken.add(path);
    const size = sizeOf(source);
    if (!Number.isInteger(size) || size < 0 || size > SIZE_LIMIT) {
      throw new InputError('bundle/size', `${path}: a file of ${size} bytes does not fit a bundle`, {
        fix: 'a file in a bundle must be smaller than 8 GiB',
      });
    }
  }
}

async function* encodeEntry(
  { path, executable = false, source }: BundleEntry,
  folder: string,
  mtime: number,
): AsyncGenerator<Uint8Array, FileDigest> {
  const size = sizeOf(source);
  yield encodeHeader({ folder, path, size, mtime, executable });
  const sha256 = yield* encodeContent(path, source);
  const padding = paddingOf(size);
  if (padding > 0) yield new Uint8Array(padding);
  return { size, sha256 };
}

/** @returns the content's digest */
async function* encodeContent(path: string, source: ByteSource): AsyncGenerator<Uint8Array, string> {
  const hash = createHash('sha256');
  if (source instanceof Uint8Array) {
    if (source.length > 0) yield source;
    return hash.update(source).digest('hex');
  }
  const known = await source.sha256?.();
  let done = 0;
  for await (const chunk of readAhead(source.read())) {
    done += chunk.length;
    if (done > source.size) throw sizeChanged(path, source.size, 'more are there');
    if (known === undefined) hash.update(chunk);
    if (chunk.length > 0) yield chunk;
  }
  if (done < source.size) throw sizeChanged(path, source.size, `only ${done} are there`);
  return known ?? hash.digest('hex');
}

const sizeChanged = (path: string, size: number, found: string): InputError =>
  new InputError(
    'bundle/size-changed',
    `${path}: the file changed while it was read: ${size} bytes were announced, ${found}`,
    { fix: 'build again when nothing writes to the file' },
  );
