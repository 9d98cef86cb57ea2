import type { FedReader } from './byte-feed.ts';
import { alignEntry, HEADER_SIZE, isCpio, isInit, readHeader, TRAILER, type EntryVisitor } from './cpio.ts';
import { InitrdFiles } from './files.ts';

/** What a packed part of an initrd has in it. */
export interface PackedContents {
  /**
   * `archives`: nothing but cpio archives; `damaged`: they break off; `junk`: something else stands behind them; `full`:
   * there are more files than are looked at.
   */
  kind: 'archives' | 'no-trailer' | 'damaged' | 'junk' | 'no-cpio' | 'full';
  /** Where it goes wrong. */
  at: number;
  hasInit: boolean;
  /** Of `junk`, as much as tells what it is. */
  head: Uint8Array;
}

/** The first byte from `at` on that is not padding. */
export function skipPadding(bytes: Uint8Array, at: number): number {
  while (at < bytes.length && bytes[at] === 0) at++;
  return at;
}

/** As much tells what something is. */
export const TELLING_SIZE = 2048;
/** Of a program; nearly all say at their start how they are started. */
const MOST_OF_A_FILE = 16 << 20;
/** PATH_MAX of Linux is less. */
const MOST_OF_A_NAME = 1 << 16;

/**
 * Reads what was unpacked: the kernel takes several archives there, too, with padding between them. Adds what is in them
 * to `files`, and shows it to `visitor`.
 */
export function* readContents(files: InitrdFiles, visitor: EntryVisitor | null): FedReader<PackedContents> {
  let hasInit = false;
  let at = 0;
  const found = (kind: PackedContents['kind'], where: number, head = new Uint8Array()): PackedContents => ({
    kind,
    at: where,
    hasInit,
    head,
  });
  /** The first bytes of some, as many as `most`; `null` where not all of them are there. */
  function* take(size: number, most: number): FedReader<Uint8Array | null> {
    const kept = Math.min(size, most);
    const { bytes, count } = kept === 0 ? { bytes: new Uint8Array(), count: 0 } : yield { bytes: kept };
    at += count;
    if (count < kept) return null;
    return size > kept && !(yield* pass(size - kept)) ? null : bytes;
  }
  function* pass(size: number): FedReader<boolean> {
    if (size === 0) return true;
    const { count } = yield { skip: size };
    at += count;
    return count === size;
  }
  /** Reads entries up to the trailer, from a header on; `null`: it was there. */
  function* readArchive(first: Uint8Array): FedReader<PackedContents | null> {
    files.startArchive();
    for (let header = first; ;) {
      const start = at - header.length;
      if (header.length === 0 || header[0] === 0) return found('no-trailer', start);
      const fields = start % 4 === 0 && header.length === HEADER_SIZE ? readHeader(header) : null;
      if (fields === null) return found('damaged', start);
      const { nameSize, fileSize, mode, linkId } = fields;
      const nameBytes = yield* take(nameSize, MOST_OF_A_NAME);
      if (nameBytes === null || !(yield* pass(alignEntry(at) - at))) return found('damaged', start);
      const name = Buffer.from(nameBytes.subarray(0, nameSize - 1)).toString('latin1');
      const isKept = InitrdFiles.isLookedInto(name, mode) || visitor?.wants(name, mode) === true;
      const kept = isKept ? MOST_OF_A_FILE : 0;
      const data = yield* take(fileSize, kept);
      if (data === null) return found('damaged', start);
      yield* pass(alignEntry(at) - at);
      if (name === TRAILER) return null;
      if (isInit(name)) hasInit = true;
      const entry = { name, mode, data, size: fileSize, linkId };
      files.add(entry);
      visitor?.add(entry);
      if (files.isFull) return found('full', at);
      ({ bytes: header } = yield { bytes: HEADER_SIZE });
      at += header.length;
    }
  }

  at += (yield 'zeros').count;
  for (let isFirst = true; ; isFirst = false) {
    const start = at;
    const { bytes: header } = yield { bytes: HEADER_SIZE };
    at += header.length;
    if (header.length === 0) return found(isFirst ? 'no-cpio' : 'archives', start);
    if (!isCpio(header, 0) || start % 4 !== 0) {
      if (isFirst) return found('no-cpio', start);
      const { bytes: more } = yield { bytes: TELLING_SIZE };
      return found('junk', start, Buffer.concat([header, more]));
    }
    const ended = yield* readArchive(header);
    if (ended !== null) return ended;
    at += (yield 'zeros').count;
  }
}
