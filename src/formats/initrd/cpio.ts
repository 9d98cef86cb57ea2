/** An entry's header (Linux, Documentation/driver-api/early-userspace/buffer-format.rst): magic and 13 numbers. */
const HEADER_SIZE = 110;
export const CPIO_MAGIC_SIZE = 6;
/** Numbers are eight hexadecimal digits. */
const DIGITS = 8;
const FIELD = { inode: 0, mode: 1, links: 4, fileSize: 6, major: 7, minor: 8, nameSize: 11 } as const;
const TRAILER = 'TRAILER!!!';
/** What the kernel runs, as archivers spell it. */
const INIT: ReadonlySet<string> = new Set(['init', '/init', './init']);

/** A file, folder or link of an archive. */
export interface CpioEntry {
  name: string;
  /** As stat(2) has it, with the type. */
  mode: number;
  /** The content of a file, the target of a link: a view. */
  data: Uint8Array;
  /** The same for all names of one file; `null`: it has one. */
  linkId: string | null;
}

/** How an archive ended: as it should, without a trailer, behind the end of the bytes, or in something else. */
type CpioEnding = 'trailer' | 'no-trailer' | 'cut' | 'damaged';

export interface CpioArchive {
  ending: CpioEnding;
  /** Behind the archive's last byte, or where it cannot be followed any more. */
  end: number;
  hasInit: boolean;
}

const align = (at: number): number => (at + 3) & ~3;

const textAt = (bytes: Uint8Array, start: number, size: number): string =>
  String.fromCharCode(...bytes.subarray(start, start + size));

/** Whether a cpio archive that Linux reads can start here: newc, without or with checksums. */
export const isCpio = (bytes: Uint8Array, at: number): boolean =>
  at % 4 === 0 && /^07070[12]$/.test(textAt(bytes, at, CPIO_MAGIC_SIZE));

function fieldAt(bytes: Uint8Array, header: number, index: number): number {
  const text = textAt(bytes, header + CPIO_MAGIC_SIZE + index * DIGITS, DIGITS);
  return /^[0-9a-f]{8}$/i.test(text) ? Number.parseInt(text, 16) : NaN;
}

/** The name of an entry, without the NUL at its end. */
const nameAt = (bytes: Uint8Array, start: number, size: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, size - 1).toString('latin1');

function linkIdOf(bytes: Uint8Array, header: number): string | null {
  if (!(fieldAt(bytes, header, FIELD.links) > 1)) return null;
  return [FIELD.major, FIELD.minor, FIELD.inode].map((field) => fieldAt(bytes, header, field)).join(':');
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
    if (!isCpio(bytes, at)) return stop('damaged');
    const fileSize = fieldAt(bytes, at, FIELD.fileSize);
    const nameSize = fieldAt(bytes, at, FIELD.nameSize);
    if (Number.isNaN(fileSize + nameSize) || nameSize === 0) return stop('damaged');
    const nameStart = at + HEADER_SIZE;
    const dataStart = Math.floor((nameStart + nameSize + 3) / 4) * 4;
    const dataEnd = dataStart + fileSize;
    if (dataEnd > bytes.length) return stop('cut');
    const next = align(dataEnd);
    const name = nameAt(bytes, nameStart, nameSize);
    if (name === TRAILER) return stop('trailer', Math.min(next, bytes.length));
    if (INIT.has(name)) hasInit = true;
    const mode = fieldAt(bytes, at, FIELD.mode);
    visit({ name, mode, data: bytes.subarray(dataStart, dataEnd), linkId: linkIdOf(bytes, at) });
    at = next;
  }
}
