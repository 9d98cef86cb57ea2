import { detectCompression, type Packing } from '../compression/detect.ts';
import { decoderOf } from '../compression/decode.ts';
import { beyondLimit, type Fault, type Unpacked } from '../compression/decoder.ts';
import { type Diagnostic, InputError, inputErrorOf } from '../../base/diagnostic.ts';
import { readContents, skipPadding } from './contents.ts';
import { CPIO_MAGIC_SIZE, isCpio, walkCpio, type CpioEntry } from './cpio.ts';
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
  xzCheck,
} from './problems.ts';
import type { InitrdEvidence, InitrdPart } from './types.ts';

/** What is unpacked of an initrd, in all. */
const MAX_UNPACKED = 1 << 30;
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
  /** Is given each entry, too. */
  visit: (entry: CpioEntry) => void;
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
  const { bytes, isHead, parts, problems, files, visit } = examination;
  files.startArchive();
  const { ending, end, hasInit } = walkCpio(bytes, offset, (entry) => {
    files.add(entry);
    visit(entry);
  });
  examination.hasInit ||= hasInit;
  const isBehindHead = isHead && (ending === 'cut' || end === bytes.length);
  const isWhole = !isBehindHead && (ending === 'trailer' || ending === 'no-trailer');
  parts.push({ offset, compression: 'none', unpackedSize: isWhole ? end - offset : null });
  if (isWhole) {
    if (ending === 'no-trailer') problems.push(noTrailer(offset));
    return end;
  }
  if (!isBehindHead) {
    const why = ending === 'cut' ? 'is cut short' : `has no entry at offset ${end}, where one must be`;
    problems.push(damaged(offset, `is a cpio archive that ${why}`));
  }
  return null;
}

/** What the stream at `offset` unpacks to; `null`, with the reason noted, if it does not. */
async function unpackAt(
  { bytes, room, problems }: Examination,
  offset: number,
  compression: Packing,
): Promise<Unpacked | null> {
  const beyond = beyondLimit(room);
  const fault: Fault = (why) => {
    const problem = why === beyond ? tooLarge(offset, room) : damaged(offset, why);
    problems.push(problem);
    return new InputError(problem.code, problem.message);
  };
  try {
    const decode = await decoderOf(compression);
    return await decode(bytes.subarray(offset), room, fault);
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
  parts.push({ offset, compression, unpackedSize: unpacked?.bytes.length ?? null });
  if (unpacked === null) return null;
  examination.room -= unpacked.bytes.length;
  const { kind, at, hasInit } = readContents(unpacked.bytes, examination.files, examination.visit);
  examination.hasInit ||= hasInit;
  examination.isRead &&= kind !== 'no-cpio' && kind !== 'damaged';
  if (kind === 'no-cpio') problems.push(noArchive(unpacked.bytes, compression));
  if (kind === 'no-trailer') problems.push(noTrailer(offset));
  if (kind === 'damaged') {
    problems.push(damaged(offset, `has a cpio archive in its ${compression} data that ends early, at ${at}`));
  }
  if (kind === 'junk') problems.push(junk(unpacked.bytes, at, ` of the ${compression} data at ${offset}`));
  return offset + unpacked.consumed;
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
      if (parts.length > 0) problems.push(junk(bytes, offset));
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
 * @param visit is given each entry that can be reached; its content is a view, to be copied if it is kept
 */
export async function examineInitrd(
  head: Uint8Array,
  size: number,
  visit: (entry: CpioEntry) => void = () => {},
): Promise<InitrdEvidence> {
  const isHead = head.length < size;
  const examination: Examination = {
    bytes: head,
    isHead,
    parts: [],
    problems: [],
    hasInit: false,
    files: new InitrdFiles(),
    visit,
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
