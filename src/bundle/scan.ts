import { createHash } from 'node:crypto';

import type { TarPacking } from '../base/choices.ts';
import { type Diagnostic, diagnosticOf, InputError, reworded } from '../base/diagnostic.ts';
import { isGzip } from '../formats/compression/detect.ts';
import { gunzipMembers } from './gzip.ts';
import { BLOCK, hasValidChecksum, looksLikeUstar, paddingOf, readHeader, type TarHeader } from './header.ts';
import {
  COPY_AGAIN,
  FILES_LIMIT,
  HOOKS_FOLDER,
  isHook,
  METADATA_NAME,
  shown,
  SIGNATURE_NAME,
  SUMS_NAME,
} from './names.ts';
import { cutShort, fault, foreign, mayBegin, notAnEntry } from './scan-faults.ts';
import { ByteReader } from './stream.ts';
import type { FileDigest } from './tar.ts';

export interface ScannedFile extends FileDigest {
  path: string;
  executable: boolean;
  /** For bundle.json, SHA256SUMS and its signature, and for other files while they are few and small (1 MiB each, 4 MiB together). */
  content: Uint8Array | null;
}

/** A header that was changed after packing: where its entry ends is unknown, so nothing else is said of the entry. */
interface DamagedHeader {
  offset: number;
  block: Uint8Array;
}

export interface Scan {
  /** The folder's name and the time of all entries, from the first header that could be read. */
  folder: string | null;
  mtime: number | null;
  files: ScannedFile[];
  /** How many files are before the folder of the hooks; `null`: it has no entry. */
  hooksAt: number | null;
  damaged: DamagedHeader[];
  /** All else that is wrong with the archive itself. */
  diagnostics: Diagnostic[];
  compress: TarPacking;
  /** False if the rest of the archive could not be made sense of. */
  complete: boolean;
}

/** Gets the bytes of the files as they are read, whether they are intact or not. */
export type OnContent = (path: string, bytes: Uint8Array) => void | Promise<void>;

const CONTENT_LIMIT = 1 << 20;
const CONTENTS_LIMIT = 4 << 20;

/** A header has more non-zero bytes than this, even after some damage; the zero blocks at the end should have none. */
const NEARLY_ZERO = 16;

/**
 * Reads a .tar or .tar.gz that `packBundle` wrote, and finds each byte outside the files' contents that is not as it
 * was packed. Anything else that a tar can hold is refused. Errors of `source` itself are thrown.
 */
export async function scanBundle(
  source: AsyncIterable<Uint8Array>,
  onContent: OnContent = () => undefined,
): Promise<Scan> {
  const scan: Scan = {
    folder: null,
    mtime: null,
    files: [],
    hooksAt: null,
    damaged: [],
    diagnostics: [],
    compress: 'none',
    complete: false,
  };
  const progress: Progress = { path: null };
  const reader = new ByteReader(tarOf(source, scan, progress));
  try {
    await scanTar(reader, scan, progress, onContent);
    scan.complete = true;
  } catch (error) {
    scan.diagnostics.push(diagnosticOf(error));
  } finally {
    await reader.close();
  }
  return scan;
}

/** The file that is being read, for messages. */
interface Progress {
  path: string | null;
}

/** The tar in a .tar or .tar.gz; `scan` gets to know which of them it is. */
export async function* tarOf(
  source: AsyncIterable<Uint8Array>,
  scan: Pick<Scan, 'compress'>,
  progress: Progress = { path: null },
): AsyncGenerator<Uint8Array, void> {
  const reader = new ByteReader(source);
  const whole = async function* (): AsyncGenerator<Uint8Array, void> {
    yield magic;
    for (let chunk; (chunk = await reader.some(Infinity)).length > 0;) yield chunk;
  };
  const magic = await reader.take(2);
  try {
    if (isGzip(magic)) scan.compress = 'gzip';
    yield* scan.compress === 'gzip' ? gunzipMembers(whole()) : whole();
  } catch (error) {
    const { path } = progress;
    if (path === null) throw error;
    throw reworded(error, ({ message }) => ({ message: `${message} (in ${shown(path)} or after it)` }));
  } finally {
    await reader.close();
  }
}

async function scanTar(
  reader: ByteReader,
  scan: Scan,
  progress: Progress,
  onContent: OnContent,
): Promise<void> {
  let lost = false;
  for (;;) {
    const offset = reader.offset;
    const block = await reader.take(BLOCK);
    if (lost && block.length === 0) return;
    if (block.length < BLOCK) {
      if (offset === 0 && !mayBegin(block)) throw notAnEntry(offset);
      throw cutShort(offset === 0 ? 'in its first header' : 'between two files');
    }
    const read = await readHeader(block);
    if (read?.differences === 0 && (!lost || belongs(read.header, scan))) {
      lost = false;
      progress.path = read.header.path;
      if (read.header.path === null) openFolder(read.header, scan);
      else if (read.header.path === HOOKS_FOLDER) openHooks(read.header, scan);
      else await scanFile(reader, { ...read.header, path: read.header.path }, scan, onContent);
    } else if (!lost) {
      const { length } = nonZero(block);
      if (offset === 0 && length > 0 && length < NEARLY_ZERO) throw notAnEntry(offset);
      if (length < NEARLY_ZERO) return scanEnd(reader, block, scan);
      const damaged = looksLikeUstar(block) && (!hasValidChecksum(block) || read?.differences === 1);
      if (!damaged) throw foreign(block, offset, read);
      scan.damaged.push({ offset, block });
      lost = true;
    }
  }
}

/** After a damaged header, the next block that is a header of this bundle is where reading goes on. */
const belongs = ({ folder, mtime }: TarHeader, scan: Scan): boolean =>
  (scan.folder ?? folder) === folder && (scan.mtime ?? mtime) === mtime;

function openFolder({ folder, mtime }: TarHeader, scan: Scan): void {
  if (scan.folder !== null) {
    throw new InputError(
      'bundle/header',
      `the folder ${shown(`${folder}/`)} is not the bundle's first entry`,
      {
        fix: COPY_AGAIN,
      },
    );
  }
  Object.assign(scan, { folder, mtime });
}

/** Directly before its first file, which is directly after it. */
function openHooks(header: TarHeader, scan: Scan): void {
  if (scan.folder !== header.folder || scan.hooksAt !== null) throw misplacedHooks();
  checkTime({ ...header, path: HOOKS_FOLDER }, scan);
  scan.hooksAt = scan.files.length;
}

const misplacedHooks = (): InputError =>
  new InputError('bundle/header', `the folder ${shown(HOOKS_FOLDER)} is not directly before its files`, {
    fix: COPY_AGAIN,
  });

function admitHook(path: string, { files, hooksAt, damaged }: Scan): void {
  const isFirst = hooksAt === files.length;
  const isNext = hooksAt !== null && isHook(files.at(-1)?.path ?? '');
  // What is damaged may be the folder, or its first file.
  if (damaged.length === 0 && (isHook(path) ? !isFirst && !isNext : isFirst)) throw misplacedHooks();
}

async function scanFile(
  reader: ByteReader,
  header: TarHeader & { path: string },
  scan: Scan,
  onContent: OnContent,
): Promise<void> {
  const { path, size, executable } = header;
  admit(header, scan);
  admitHook(path, scan);
  checkTime(header, scan);
  const hash = createHash('sha256');
  const content = isKept(path, size, scan) ? new Uint8Array(size) : null;
  for (let done = 0; done < size;) {
    const bytes = await reader.some(size - done);
    if (bytes.length === 0) throw cutShort(`after ${done} of the ${size} bytes of ${shown(path)}`);
    hash.update(bytes);
    content?.set(bytes, done);
    await onContent(path, bytes);
    done += bytes.length;
  }
  scan.files.push({ path, executable, size, sha256: hash.digest('hex'), content });
  const start = reader.offset;
  const padding = await reader.take(paddingOf(size));
  if (padding.length < paddingOf(size)) throw cutShort(`after ${shown(path)}`);
  const [first] = nonZero(padding);
  if (first !== undefined) {
    scan.diagnostics.push(
      fault('bundle/padding', `a byte of the padding after ${shown(path)} is not zero`, start + first),
    );
  }
}

function admit({ folder, path, mtime }: TarHeader & { path: string }, scan: Scan): void {
  if (scan.folder === null && scan.damaged.length === 0) {
    throw new InputError('bundle/header', `the folder ${shown(`${folder}/`)} is missing before its files`, {
      fix: COPY_AGAIN,
    });
  }
  scan.folder ??= folder;
  scan.mtime ??= mtime;
  const reason =
    folder !== scan.folder
      ? `is in the folder ${shown(folder)}, not in ${shown(scan.folder)}`
      : scan.files.some((file) => file.path === path)
        ? 'is there twice'
        : scan.files.length >= FILES_LIMIT
          ? `is one file more than allowed (${FILES_LIMIT} are allowed)`
          : null;
  if (reason !== null) {
    throw new InputError('bundle/header', `${shown(path)} ${reason}: this is not as it was packed`, {
      fix: COPY_AGAIN,
    });
  }
}

const timeText = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

/** All entries have one time. */
function checkTime({ path, mtime }: TarHeader, scan: Scan): void {
  if (mtime === scan.mtime) return;
  scan.diagnostics.push({
    code: 'bundle/time',
    severity: 'error',
    message: `${shown(path!)} has another time than the entries before it`,
    requested: timeText(scan.mtime!),
    actual: timeText(mtime),
    fix: COPY_AGAIN,
  });
}

function isKept(path: string, size: number, scan: Scan): boolean {
  if (size > CONTENT_LIMIT) return false;
  if (path === METADATA_NAME || path === SUMS_NAME || path === SIGNATURE_NAME) return true;
  const kept = scan.files.reduce((sum, file) => sum + (file.content?.length ?? 0), 0);
  return kept + size <= CONTENTS_LIMIT;
}

/** Two zero blocks, and nothing behind them. */
async function scanEnd(reader: ByteReader, first: Uint8Array, scan: Scan): Promise<void> {
  const start = reader.offset - BLOCK;
  const end = Buffer.concat([first, await reader.take(BLOCK)]);
  if (end.length < 2 * BLOCK) throw cutShort('in the two zero blocks at its end');
  const [wrong] = nonZero(end);
  if (wrong !== undefined) {
    scan.diagnostics.push(
      fault('bundle/end', 'a byte of the two zero blocks at the end is not zero', start + wrong),
    );
  }
  if ((await reader.some(1)).length > 0) {
    scan.diagnostics.push(fault('bundle/end', 'there is more after the end', reader.offset - 1));
  }
}

/** The offsets of the bytes that are not zero. */
function nonZero(bytes: Uint8Array): number[] {
  const offsets: number[] = [];
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== 0) offsets.push(at);
  return offsets;
}
