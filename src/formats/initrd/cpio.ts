/** An entry's header (Linux, Documentation/driver-api/early-userspace/buffer-format.rst): magic and 13 numbers. */
const HEADER_SIZE = 110;
export const CPIO_MAGIC_SIZE = 6;
/** Numbers are eight hexadecimal digits. */
const DIGITS = 8;
const FIELD = { fileSize: 6, nameSize: 11 } as const;
const TRAILER = 'TRAILER!!!';
/** What the kernel runs, as archivers spell it. */
const INIT: ReadonlySet<string> = new Set(['init', '/init', './init']);

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

/** The name of an entry, without the NUL at its end, if it is one of the few that matter here. */
const shortName = (bytes: Uint8Array, start: number, size: number): string =>
  size > TRAILER.length + 1 ? '' : textAt(bytes, start, size - 1);

/** Follows the archive at `start` of `bytes` by its headers; its files are not looked at. */
export function walkCpio(bytes: Uint8Array, start: number): CpioArchive {
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
    const nameAt = at + HEADER_SIZE;
    const dataEnd = Math.floor((nameAt + nameSize + 3) / 4) * 4 + fileSize;
    if (dataEnd > bytes.length) return stop('cut');
    const next = align(dataEnd);
    const name = shortName(bytes, nameAt, nameSize);
    if (name === TRAILER) return stop('trailer', Math.min(next, bytes.length));
    if (INIT.has(name)) hasInit = true;
    at = next;
  }
}
