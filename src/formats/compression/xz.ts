import { hasMagic } from '../../base/magic.ts';
import { PACKED } from './detect.ts';
import { beyondLimit, type Decoder, type Fault } from './decoder.ts';
import { LzmaState } from './lzma-state.ts';
import { unpackLzma2 } from './lzma2.ts';
import { PackedReader } from './packed-reader.ts';
import { readBlockHeader } from './xz-block.ts';
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
  if (!unpackLzma2(reader, lzma, header.dictionarySize)) {
    throw fault(beyondLimit(lzma.limit));
  }
  const bytes = lzma.out.subarray(first, lzma.pos);
  const [packedSize, size] = [reader.at - packedStart, bytes.length];
  if ((header.packedSize ?? packedSize) !== packedSize || (header.size ?? size) !== size) {
    throw reader.damaged('a block has other sizes than its header says');
  }
  for (const { undo, origin } of header.filters) undo(bytes, origin);

  const unpaddedSize = reader.at - start + check.size;
  readPadding(reader, start, 'a block');
  if (!startsWith(reader.take(check.size), [...check.encode(bytes)])) {
    throw reader.damaged('the check of a block does not match its content');
  }
  return { unpaddedSize, size };
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
