import { copyLiterals, copyMatch } from './copy.ts';
import { beyondLimit, type Decoder, type Fault, type StreamDecoder } from './decoder.ts';

/**
 * The legacy frame of LZ4, the only one that Linux reads (`lz4 -l`; LZ4 Frame Format Description, "Legacy frame"):
 * a magic, then blocks of 8 MiB, each behind its packed size. Only the last one is shorter. There is no checksum, and
 * the end is the end of the data, or whatever cannot be the size of a block.
 */
const MAGIC = 0x184c2102;
const FRAME_MAGIC = 0x184d2204;
const BLOCK_SIZE = 8 << 20;
/** What 8 MiB that do not compress become (lz4.h, LZ4_COMPRESSBOUND). */
const MAX_PACKED_BLOCK = BLOCK_SIZE + Math.floor(BLOCK_SIZE / 255) + 16;
/** A byte of a block makes no more than this: one more byte of a length. */
const MAX_RATIO = 255;
const WORD = 4;

interface Block {
  start: number;
  end: number;
}

/** The blocks, as far as their sizes can be such; the last one may end behind the data. */
function listBlocks(data: Uint8Array): Block[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const blocks: Block[] = [];
  let at = WORD;
  while (at + WORD <= data.length) {
    const size = view.getUint32(at, true);
    // Zeros are the padding between the parts of an initrd; the magics of all frames are larger.
    if (size === 0 || size > MAX_PACKED_BLOCK) break;
    const start = at + WORD;
    at = start + size;
    blocks.push({ start, end: at });
  }
  return blocks;
}

/** Unpacks a block (LZ4 Block Format Description) to `at` of `out`; returns where its output ends. */
function decodeBlock(data: Uint8Array, block: Block, out: Uint8Array, at: number, fault: Fault): number {
  const damaged = () => fault(`is damaged (lz4: the block at offset ${block.start} is invalid)`);
  const origin = at;
  const limit = Math.min(out.length, origin + BLOCK_SIZE);
  const tooLong = () => (limit < origin + BLOCK_SIZE ? fault(beyondLimit(out.length)) : damaged());
  const { end } = block;
  let from = block.start;
  for (;;) {
    if (from >= end) throw damaged();
    const token = data[from++]!;
    let length = token >>> 4;
    if (length === 15) {
      let more: number;
      do {
        if (from >= end) throw damaged();
        more = data[from++]!;
        length += more;
      } while (more === 255);
    }
    if (from + length > end) throw damaged();
    if (at + length > limit) throw tooLong();
    copyLiterals(data, from, out, at, length);
    from += length;
    at += length;
    if (from === end) return at;

    if (from + 2 > end) throw damaged();
    const distance = data[from]! | (data[from + 1]! << 8);
    from += 2;
    if (distance === 0 || distance > at - origin) throw damaged();
    length = (token & 15) + 4;
    if (length === 19) {
      let more: number;
      do {
        if (from >= end) throw damaged();
        more = data[from++]!;
        length += more;
      } while (more === 255);
    }
    if (at + length > limit) throw tooLong();
    copyMatch(out, at, distance, length);
    at += length;
  }
}

function refuseCut(data: Uint8Array, { end }: Block, fault: Fault): void {
  if (end > data.length) throw fault('is damaged or cut short (lz4: its last block is incomplete)');
}

function checkedBlocks(data: Uint8Array, fault: Fault): Block[] {
  const magic = data.length < WORD ? 0 : new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  if (magic === FRAME_MAGIC) {
    throw fault('is in the frame format of lz4, but Linux reads only the legacy format (lz4 -l)');
  }
  if (magic !== MAGIC) throw fault('is cut short, or not lz4 data in the legacy format');

  return listBlocks(data);
}

/**
 * LZ4 in its legacy frame. The format has no checksum: what is checked is that every block makes sense, and that none
 * but the last is short.
 */
export const decodeLz4 = ((data, limit, fault) => {
  const blocks = checkedBlocks(data, fault);
  // Each block makes 8 MiB at most, and less if it is small.
  const bound = blocks
    .filter(({ end }) => end <= data.length)
    .reduce((sum, { start, end }) => sum + Math.min(BLOCK_SIZE, (end - start) * MAX_RATIO), 0);
  const out = new Uint8Array(Math.min(bound, limit));
  let length = 0;
  let consumed = WORD;
  for (const block of blocks) {
    refuseCut(data, block, fault);
    const before = length;
    length = decodeBlock(data, block, out, before, fault);
    consumed = block.end;
    if (length - before < BLOCK_SIZE) break;
  }
  return { bytes: out.subarray(0, length), consumed };
}) satisfies Decoder;

/** The same block by block. */
export const streamLz4 = function* (data, fault) {
  const out = new Uint8Array(BLOCK_SIZE);
  let consumed = WORD;
  for (const block of checkedBlocks(data, fault)) {
    refuseCut(data, block, fault);
    const length = decodeBlock(data, block, out, 0, fault);
    yield out.subarray(0, length);
    consumed = block.end;
    if (length < BLOCK_SIZE) break;
    out.fill(0);
  }
  return consumed;
} satisfies StreamDecoder;
