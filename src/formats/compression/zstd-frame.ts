import type { Fault } from './decoder.ts';

/** What the headers of a frame of Zstandard say (RFC 8878, section 3.1.1). */
export interface ZstdFrame {
  /** Bytes from the magic to the end of the last block or the checksum. */
  length: number;
  /** Bytes of content, if the header says so. */
  contentSize: number | null;
  /** Bytes of content that must be kept to unpack more. */
  window: number;
  /** No frame of these blocks has more content. */
  bound: number;
  /** The checksum of the content, if there is one. */
  checksum: Uint8Array | null;
}

const MAGIC = 0xfd2fb528;
/** One of 16 numbers for frames that readers skip. */
const isSkippable = (magic: number): boolean => magic >>> 4 === 0x184d2a5;
const MAX_BLOCK = 128 << 10;
const CHECKSUM_SIZE = 4;

const BLOCK = { raw: 0, rle: 1, compressed: 2 } as const;

function numberAt(data: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let index = size - 1; index >= 0; index--) value = value * 256 + data[at + index]!;
  return value;
}

const windowSize = (descriptor: number): number => {
  const base = 2 ** (10 + (descriptor >>> 3));
  return base + (base / 8) * (descriptor & 7);
};

/**
 * Walks the frame at the start of `data` by its headers.
 *
 * @throws the {@link Fault}'s error if there is none, or not all of it
 */
export function walkFrame(data: Uint8Array, fault: Fault): ZstdFrame {
  const cutShort = () => fault('is cut short (zstd)');
  const damaged = (what: string) => fault(`is damaged (zstd: ${what})`);
  if (data.length < 5) throw cutShort();
  const magic = numberAt(data, 0, 4);
  if (isSkippable(magic)) throw fault('begins with a skippable frame of zstd, which Linux does not read');
  if (magic !== MAGIC) throw fault('is not zstd data');

  const descriptor = data[4]!;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  if ((descriptor & 0x08) !== 0) throw damaged('a reserved bit of its header is set');
  const windowAt = 5;
  const dictionaryAt = windowAt + (isSingleSegment ? 0 : 1);
  const dictionarySize = [0, 1, 2, 4][descriptor & 3]!;
  const sizeAt = dictionaryAt + dictionarySize;
  const sizeSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6]!;
  let at = sizeAt + sizeSize;
  if (at > data.length) throw cutShort();
  if (numberAt(data, dictionaryAt, dictionarySize) !== 0) throw fault('needs a dictionary of zstd');
  const contentSize = sizeSize === 0 ? null : numberAt(data, sizeAt, sizeSize) + (sizeSize === 2 ? 256 : 0);
  const window = isSingleSegment ? contentSize! : windowSize(data[windowAt]!);
  const maxBlock = Math.min(window, MAX_BLOCK);

  let bound = 0;
  for (let isLast = false; !isLast;) {
    const start = at;
    if (start + 3 > data.length) throw cutShort();
    const header = numberAt(data, start, 3);
    isLast = (header & 1) !== 0;
    const type = (header >>> 1) & 3;
    const size = header >>> 3;
    if (type > BLOCK.compressed || size > maxBlock) {
      throw damaged(`the header of the block at offset ${start} is invalid`);
    }
    bound += type === BLOCK.compressed ? maxBlock : size;
    at = start + 3 + (type === BLOCK.rle ? 1 : size);
    if (at > data.length) throw cutShort();
  }
  const hasChecksum = (descriptor & 0x04) !== 0;
  const length = at + (hasChecksum ? CHECKSUM_SIZE : 0);
  if (length > data.length) throw cutShort();
  if (contentSize !== null && contentSize > bound) throw damaged('it is shorter than its header says');
  return { length, contentSize, window, bound, checksum: hasChecksum ? data.subarray(at, length) : null };
}
