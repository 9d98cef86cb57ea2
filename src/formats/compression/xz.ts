import { hasMagic } from '../../base/magic.ts';
import { PACKED } from './detect.ts';
import { beyondLimit, type Decoder, type Fault, type StreamDecoder } from './decoder.ts';
import { LzmaState } from './lzma-state.ts';
import { unpackLzma2 } from './lzma2.ts';
import { PackedReader } from './packed-reader.ts';
import { readBlockHeader, type XzBlockHeader } from './xz-block.ts';
import { XZ_CHECKS, type XzCheck } from './xz-check.ts';
import { readCrc32, readNumber, readPadding } from './xz-fields.ts';

const FOOTER_MAGIC = [0x59, 0x5a];
const INDEX = 0x00;

/** What the index says of a block. */
interface XzRecord {
  unpaddedSize: number;
  size: number;
}

const startsWith = (bytes: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, index) => bytes[index] === byte);

/** Reads the stream's header up to its flags' second byte, the check. */
function readStreamHeader(reader: PackedReader, fault: Fault): { flags: Uint8Array; check: XzCheck } {
  if (!hasMagic(reader.take(PACKED.xz.bytes.length), PACKED.xz))
    throw reader.damaged('it does not begin as xz does');
  const flags = reader.take(2);
  readCrc32(reader, flags, 'the header');
  const [reserved, id] = flags as unknown as [number, number];
  const check = reserved === 0 ? XZ_CHECKS.get(id) : undefined;
  if (!check) throw fault(`has an unknown check (xz: flags ${reserved}, ${id})`);
  return { flags, check };
}

/** Unpacks the block at the reader's place, behind what is unpacked already. */
function unpackBlock(reader: PackedReader, lzma: LzmaState, check: XzCheck, fault: Fault): XzRecord {
  const [start, first] = [reader.at, lzma.pos];
  const header = readBlockHeader(reader, fault);
  const packedStart = reader.at;
  const chunks = unpackLzma2(reader, lzma, header.dictionarySize);
  let step = chunks.next();
  while (!step.done) step = chunks.next();
  if (!step.value) throw fault(beyondLimit(lzma.limit));
  const bytes = lzma.out.subarray(first, lzma.pos);
  for (const { undo, origin } of header.filters) undo(bytes, origin);
  const place = { start, packedStart, size: bytes.length };
  return endBlock(reader, header, place, check.size, check.encode(bytes));
}

/** Holds what follows a block's data against these; gives what the index must say of it. */
function endBlock(
  reader: PackedReader,
  header: XzBlockHeader,
  { start, packedStart, size }: { start: number; packedStart: number; size: number },
  checkSize: number,
  check: Uint8Array,
): XzRecord {
  const packedSize = reader.at - packedStart;
  if ((header.packedSize ?? packedSize) !== packedSize || (header.size ?? size) !== size) {
    throw reader.damaged('a block has other sizes than its header says');
  }
  const unpaddedSize = reader.at - start + checkSize;
  readPadding(reader, start, 'a block');
  if (!startsWith(reader.take(checkSize), [...check])) {
    throw reader.damaged('the check of a block does not match its content');
  }
  return { unpaddedSize, size };
}

/** The block at the reader's place in pieces; `null`: it would need more memory than it gets. */
function* streamBlock(
  reader: PackedReader,
  lzma: LzmaState,
  check: XzCheck,
  fault: Fault,
): Generator<Uint8Array, XzRecord | null, void> {
  const start = reader.at;
  const header = readBlockHeader(reader, fault);
  const packedStart = reader.at;
  const running = check.start();
  const hasFilters = header.filters.length > 0;
  let [first, size] = [lzma.pos, 0];
  const chunks = unpackLzma2(reader, lzma, header.dictionarySize);
  for (;;) {
    const { done, value } = chunks.next();
    if (done && !value) return null;
    // A filter needs the whole block.
    if (!done && hasFilters) continue;
    const piece = lzma.out.subarray(first, lzma.pos);
    for (const { undo, origin } of header.filters) undo(piece, origin);
    running.update(piece);
    size += piece.length;
    if (piece.length > 0) yield piece;
    if (done) break;
    lzma.slide();
    first = lzma.pos;
  }
  lzma.pos = lzma.dictionaryStart = 0;
  return endBlock(reader, header, { start, packedStart, size }, check.size, running.digest());
}

/** Holds the index at the reader's place against the blocks there were. */
function readIndex(reader: PackedReader, blocks: readonly XzRecord[]): void {
  const start = reader.at;
  const differs = () => reader.damaged('the index does not list the blocks that there are');
  reader.at += 1;
  if (readNumber(reader) !== blocks.length) throw differs();
  for (const { unpaddedSize, size } of blocks) {
    if (readNumber(reader) !== unpaddedSize || readNumber(reader) !== size) throw differs();
  }
  readPadding(reader, start, 'the index');
  readCrc32(reader, reader.data.subarray(start, reader.at), 'the index');
}

function readFooter(reader: PackedReader, indexSize: number, flags: Uint8Array): void {
  const crc = reader.at;
  reader.at += 4;
  const fields = reader.take(6);
  reader.at = crc;
  readCrc32(reader, fields, 'the footer');
  if ((reader.uint32() + 1) * 4 !== indexSize)
    throw reader.damaged('the footer gives another size of the index');
  if (!startsWith(reader.take(2), [...flags]))
    throw reader.damaged('the footer has other flags than the header');
  if (!startsWith(reader.take(2), FOOTER_MAGIC)) throw reader.damaged('it does not end as xz does');
}

/**
 * xz (tukaani.org, xz-file-format.txt): one stream, with all that it has to check itself. The filters are LZMA2 and those
 * for branches of x86, ARM, ARM Thumb and ARM64.
 *
 * What follows the stream is left, padding and further streams too: the kernel takes one stream as its own payload, and
 * each of an initrd's as an archive of its own.
 */
export const decodeXz = ((data, limit, fault) => {
  const reader = new PackedReader(data, 'xz', fault);
  const { flags, check } = readStreamHeader(reader, fault);
  const lzma = new LzmaState(data, limit);
  const blocks: XzRecord[] = [];
  for (;;) {
    const next = reader.byte();
    reader.at -= 1;
    if (next === INDEX) break;
    blocks.push(unpackBlock(reader, lzma, check, fault));
  }
  const index = reader.at;
  readIndex(reader, blocks);
  readFooter(reader, reader.at - index, flags);
  return { bytes: lzma.out.subarray(0, lzma.pos), consumed: reader.at };
}) satisfies Decoder;

/** The same in pieces. */
export const streamXz = function* (data, fault) {
  const reader = new PackedReader(data, 'xz', fault);
  const { flags, check } = readStreamHeader(reader, fault);
  const lzma = new LzmaState(data, null);
  const blocks: XzRecord[] = [];
  while (data[reader.at] !== INDEX) {
    if (reader.at >= data.length) throw reader.cut();
    const block = yield* streamBlock(reader, lzma, check, fault);
    if (block === null) return null;
    blocks.push(block);
  }
  const index = reader.at;
  readIndex(reader, blocks);
  readFooter(reader, reader.at - index, flags);
  return reader.at;
} satisfies StreamDecoder;
