/** An entry's header (Linux, Documentation/driver-api/early-userspace/buffer-format.rst): magic and 13 numbers. */
export const HEADER_SIZE = 110;
export const CPIO_MAGIC_SIZE = 6;
/** Numbers are eight hexadecimal digits. */
const DIGITS = 8;
const FIELD = { inode: 0, mode: 1, links: 4, fileSize: 6, major: 7, minor: 8, nameSize: 11 } as const;
export const TRAILER = 'TRAILER!!!';
/** What the kernel runs, as archivers spell it. */
const INIT: ReadonlySet<string> = new Set(['init', '/init', './init']);

/** A file, folder or link of an archive. */
export interface CpioEntry {
  name: string;
  /** As stat(2) has it, with the type. */
  mode: number;
  /** The content of a file, the target of a link: a view. Of what is not looked into nothing, of a large file the start. */
  data: Uint8Array;
  /** Bytes of the whole content. */
  size: number;
  /** The same for all names of one file; `null`: it has one. */
  linkId: string | null;
}

/** Is given each entry, with the content of those that it wants; that is a view, to be copied if it is kept. */
export interface EntryVisitor {
  wants(name: string, mode: number): boolean;
  add(entry: CpioEntry): void;
}

/** How an archive ended: as it should, without a trailer, behind the end of the bytes, or in something else. */
type CpioEnding = 'trailer' | 'no-trailer' | 'cut' | 'damaged';

export interface CpioArchive {
  ending: CpioEnding;
  /** Behind the archive's last byte, or where it cannot be followed any more. */
  end: number;
  hasInit: boolean;
}

/** Entries, and their content, begin at multiples of four. */
export const alignEntry = (at: number): number => Math.ceil(at / 4) * 4;

export const isInit = (name: string): boolean => INIT.has(name);

const latin1 = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', start, end);

/** Whether a cpio archive that Linux reads can start here: newc, without or with checksums. */
export const isCpio = (bytes: Uint8Array, at: number): boolean =>
  at % 4 === 0 && /^07070[12]$/.test(latin1(bytes, at, at + CPIO_MAGIC_SIZE));

interface Header {
  mode: number;
  fileSize: number;
  nameSize: number;
  linkId: string | null;
}

const NUMBER = /^[0-9a-f]{8}$/i;

/** The header of an entry; `null` if it is none. */
export function readHeader(header: Uint8Array): Header | null {
  if (!isCpio(header, 0)) return null;
  const text = latin1(header, CPIO_MAGIC_SIZE, HEADER_SIZE);
  const field = (index: number): number => {
    const digits = text.slice(index * DIGITS, (index + 1) * DIGITS);
    return NUMBER.test(digits) ? Number.parseInt(digits, 16) : NaN;
  };
  const [fileSize, nameSize] = [field(FIELD.fileSize), field(FIELD.nameSize)];
  if (Number.isNaN(fileSize + nameSize) || nameSize === 0) return null;
  const linkId = field(FIELD.links) > 1 ? [FIELD.major, FIELD.minor, FIELD.inode].map(field).join(':') : null;
  return { mode: field(FIELD.mode), fileSize, nameSize, linkId };
}

/**
 * Follows the archive at `start` of `bytes` by its headers.
 *
 * @param visit is given each entry but the trailer
 */
export function walkCpio(
  bytes: Uint8Array,
  start: number,
  visit: (entry: CpioEntry) => void = () => {},
): CpioArchive {
  let hasInit = false;
  for (let at = start; ;) {
    const stop = (ending: CpioEnding, end = at): CpioArchive => ({ ending, end, hasInit });
    if (at >= bytes.length || bytes[at] === 0) return stop('no-trailer', Math.min(at, bytes.length));
    // The last bytes may be the start of a header.
    if (at + HEADER_SIZE > bytes.length) return stop('cut');
    const header = at % 4 === 0 ? readHeader(bytes.subarray(at, at + HEADER_SIZE)) : null;
    if (header === null) return stop('damaged');
    const { fileSize, nameSize, mode, linkId } = header;
    const nameStart = at + HEADER_SIZE;
    const dataStart = alignEntry(nameStart + nameSize);
    const dataEnd = dataStart + fileSize;
    if (dataEnd > bytes.length) return stop('cut');
    const next = alignEntry(dataEnd);
    const name = latin1(bytes, nameStart, nameStart + nameSize - 1);
    if (name === TRAILER) return stop('trailer', Math.min(next, bytes.length));
    if (isInit(name)) hasInit = true;
    visit({ name, mode, data: bytes.subarray(dataStart, dataEnd), size: fileSize, linkId });
    at = next;
  }
}
