import { detectCompression, type Packing } from '../compression/detect.ts';
import { streamOf } from '../compression/decode.ts';
import type { Fault } from '../compression/decoder.ts';
import { type Diagnostic, InputError, inputErrorOf } from '../../base/diagnostic.ts';
import { ByteFeed } from './byte-feed.ts';
import { readContents, skipPadding, TELLING_SIZE, type PackedContents } from './contents.ts';
import { CPIO_MAGIC_SIZE, isCpio, walkCpio, type EntryVisitor } from './cpio.ts';
import { InitrdFiles } from './files.ts';
import { recogniseFileSystem } from './other-formats.ts';
import {
  behindLz4,
  damaged,
  junk,
  misaligned,
  noArchive,
  noTrailer,
  strange,
  tooLarge,
  tooMany,
  xzCheck,
} from './problems.ts';
import type { InitrdEvidence, InitrdPart } from './types.ts';

/** What is unpacked of an initrd, in all. */
const MAX_UNPACKED = 512 << 20;
/** The kernel reads zeros behind lz4 data as the size of a block, and so as their end. */
const LZ4_END = 4;

/** What is known of an initrd while it is looked through. */
interface Examination {
  /** The file, or its head. */
  bytes: Uint8Array;
  isHead: boolean;
  parts: InitrdPart[];
  problems: Diagnostic[];
  hasInit: boolean;
  files: InitrdFiles;
  /** Is shown each entry, too. */
  visitor: EntryVisitor | null;
  /** Whether all that the kernel reads was read here. */
  isRead: boolean;
  /** How much may still be unpacked. */
  room: number;
}

/** The compression of a part that is no bare archive; `null` if the kernel knows none. */
function packingAt(bytes: Uint8Array, at: number): Packing | null {
  const compression = detectCompression(bytes.subarray(at, at + 2));
  return compression === 'none' || compression === 'unknown' ? null : compression;
}

/** Notes the bare archive at `offset`; returns where it ends, or `null` if that cannot be told. */
function examineBare(examination: Examination, offset: number): number | null {
  const { bytes, isHead, parts, problems, files, visitor } = examination;
  files.startArchive();
  const { ending, end, hasInit } = walkCpio(bytes, offset, (entry) => {
    files.add(entry);
    visitor?.add(entry);
  });
  examination.hasInit ||= hasInit;
  const isBehindHead = isHead && (ending === 'cut' || end === bytes.length);
  if (files.isFull) examination.isRead = false;
  const isWhole = !isBehindHead && (ending === 'trailer' || ending === 'no-trailer');
  parts.push({ offset, compression: 'none', unpackedSize: isWhole ? end - offset : null });
  if (isWhole) {
    if (files.isFull) problems.push(tooMany(offset));
    if (ending === 'no-trailer') problems.push(noTrailer(offset));
    return end;
  }
  if (!isBehindHead) {
    const why = ending === 'cut' ? 'is cut short' : `has no entry at offset ${end}, where one must be`;
    problems.push(damaged(offset, `is a cpio archive that ${why}`));
  }
  return null;
}

/** A stream that was looked through. */
interface Unpacked {
  contents: PackedContents;
  /** Bytes of the output, and its first ones. */
  size: number;
  head: Uint8Array;
  /** How much of the file it is made from; `null`: there is more of it than was looked into. */
  consumed: number | null;
}

/** Unpacks and reads the stream at `offset` piece by piece; `null`, with the reason noted, if it is damaged. */
async function unpackAt(
  { bytes, room, files, visitor, problems }: Examination,
  offset: number,
  compression: Packing,
): Promise<Unpacked | null> {
  const fault: Fault = (why) => {
    const problem = damaged(offset, why);
    problems.push(problem);
    return new InputError(problem.code, problem.message);
  };
  const feed = new ByteFeed(readContents(files, visitor));
  const heads: Uint8Array[] = [];
  let size = 0;
  try {
    const pieces = (await streamOf(compression))(bytes.subarray(offset), fault);
    for (;;) {
      const { done, value } = await pieces.next();
      const isOver = done || size + value.length > room;
      if (isOver || (feed.take(value), files.isFull)) {
        const consumed = done ? value : null;
        if (!done) await pieces.return(null);
        return { contents: feed.end(), size, head: Buffer.concat(heads), consumed };
      }
      if (size < TELLING_SIZE) heads.push(value.slice(0, TELLING_SIZE));
      size += value.length;
    }
  } catch (error) {
    inputErrorOf(error);
    return null;
  }
}

/** Where a stream of xz names its check, and the checks that Linux refuses (xz file format, section 2.1.1.2). */
const XZ_CHECK = 7;
const REFUSED_CHECKS: ReadonlyMap<number | undefined, string> = new Map([
  [0x04, 'crc64'],
  [0x0a, 'sha256'],
]);

/** Notes the packed part at `offset`; returns where it ends, or `null` if that cannot be told. */
async function examinePacked(
  examination: Examination,
  offset: number,
  compression: Packing,
): Promise<number | null> {
  const { bytes, isHead, parts, problems } = examination;
  const refused = compression === 'xz' ? REFUSED_CHECKS.get(bytes[offset + XZ_CHECK]) : undefined;
  if (refused !== undefined) problems.push(xzCheck(offset, refused));
  const unpacked = isHead ? null : await unpackAt(examination, offset, compression);
  const isWhole = unpacked !== null && unpacked.consumed !== null;
  parts.push({ offset, compression, unpackedSize: isWhole ? unpacked.size : null });
  if (unpacked === null) return null;
  const { contents, size, head, consumed } = unpacked;
  const { kind, at, hasInit } = contents;
  examination.hasInit ||= hasInit;
  if (consumed === null) {
    problems.push(examination.files.isFull ? tooMany(offset) : tooLarge(offset, size));
    return null;
  }
  examination.room -= size;
  examination.isRead &&= kind !== 'no-cpio' && kind !== 'damaged';
  if (kind === 'no-cpio') problems.push(noArchive(head, compression));
  if (kind === 'no-trailer') problems.push(noTrailer(offset));
  if (kind === 'damaged') {
    problems.push(damaged(offset, `has a cpio archive in its ${compression} data that ends early, at ${at}`));
  }
  if (kind === 'junk') problems.push(junk(contents.head, at, ` of the ${compression} data at ${offset}`));
  return offset + consumed;
}

/** Goes from part to part, as the kernel does; returns whether that led to the end of the file. */
async function walkParts(examination: Examination): Promise<boolean> {
  const { bytes, isHead, parts, problems } = examination;
  let end: number | null = 0;
  for (;;) {
    const offset = skipPadding(bytes, end);
    if (offset >= bytes.length) {
      if (parts.length === 0 && bytes.length > 0 && !isHead) problems.push(strange(bytes));
      return !isHead;
    }
    if (isHead && offset + CPIO_MAGIC_SIZE > bytes.length) return false;
    // The first block of such a file may be zeros.
    const isImage = parts.length === 0 && offset > 0 && recogniseFileSystem(bytes) !== undefined;
    const before = parts.at(-1)?.compression;
    const packing = packingAt(bytes, offset);
    if (before === 'lz4' && packing !== 'lz4' && offset - end < LZ4_END) {
      problems.push(behindLz4(offset));
      return true;
    }
    const looksBare = isCpio(bytes.subarray(offset), 0);
    // The kernel looks for a bare archive at multiples of 4 only, and leaves it there only.
    if (offset % 4 !== 0 && (looksBare || (packing !== null && before === 'none'))) {
      problems.push(misaligned(offset));
      return true;
    }
    if (looksBare && !isImage) end = examineBare(examination, offset);
    else if (packing !== null && !isImage) end = await examinePacked(examination, offset, packing);
    else {
      if (parts.length > 0) problems.push(junk(bytes.subarray(offset), offset));
      else {
        parts.push({ offset: 0, compression: 'unknown', unpackedSize: null });
        problems.push(strange(bytes));
        examination.isRead = false;
      }
      return true;
    }
    if (end === null) return false;
  }
}

/**
 * Looks at an initrd: which archives it has, how they are packed, what they unpack to, and how its programs
 * start. No content is kept.
 *
 * @param head the whole file; of a large one its first bytes, which tell how its first parts are packed
 * @param size bytes of the file
 * @param visitor is shown each entry that can be reached
 */
export async function examineInitrd(
  head: Uint8Array,
  size: number,
  visitor: EntryVisitor | null = null,
): Promise<InitrdEvidence> {
  const isHead = head.length < size;
  const examination: Examination = {
    bytes: head,
    isHead,
    parts: [],
    problems: [],
    hasInit: false,
    files: new InitrdFiles(),
    visitor,
    isRead: true,
    room: MAX_UNPACKED,
  };
  const complete = (await walkParts(examination)) && !isHead;
  const { parts, problems, hasInit, files, isRead } = examination;
  const isWhole = complete && isRead;
  return {
    size,
    parts,
    complete,
    hasInit: hasInit || (isWhole ? false : null),
    files: isWhole ? files : null,
    problems,
  };
}
