import { crc32 } from 'node:zlib';
import { hasMagic } from '../../base/magic.ts';
import { PACKED } from './detect.ts';
import { adler32 } from './adler32.ts';
import { beyondLimit, type Decoder, type Fault, type StreamDecoder } from './decoder.ts';
import { unpackLzo1x } from './lzo1x.ts';
import { PackedReader } from './packed-reader.ts';

/**
 * A file of lzop, as its header says: magic, versions, method, flags, name and their checksum; then blocks, each with
 * both its sizes and the checksums that the flags name; a size of 0 ends it. All numbers are big-endian.
 */
const MAGIC_SIZE = PACKED.lzo.bytes.length;
/** From this version on the header names what is needed to unpack, the level, and a longer time. */
const LONG_HEADER = 0x0940;
/** What lzop 1.03 and 1.04 write; later formats do not exist. */
const NEWEST = 0x1040;
/** LZO1X-1, LZO1X-1(15) and LZO1X-999: three ways to pack, one to unpack. */
const METHODS: ReadonlySet<number> = new Set([1, 2, 3]);
/** What lzop takes for a block, at most. */
const MAX_BLOCK = 64 << 20;
/** A byte of a block makes no more than this: one more byte of a length. */
const MAX_RATIO = 255;

const FLAG = {
  adlerOfOutput: 0x1,
  adlerOfPacked: 0x2,
  extraField: 0x40,
  crcOfOutput: 0x100,
  crcOfPacked: 0x200,
  filter: 0x800,
  crcOfHeader: 0x1000,
} as const;

type Checksum = (bytes: Uint8Array, start: number, end: number) => number;
const crc: Checksum = (bytes, start, end) => crc32(bytes.subarray(start, end));

/** Reads the header up to the first block; returns its flags. */
function readHeader(reader: PackedReader, fault: Fault): number {
  const { data, at: start } = reader;
  const version = reader.bigEndian(2);
  reader.bigEndian(2);
  const needed = version >= LONG_HEADER ? reader.bigEndian(2) : version;
  if (needed > NEWEST) throw fault('is in a newer, unknown format of lzop');
  const method = reader.bigEndian(1);
  if (version >= LONG_HEADER) reader.bigEndian(1);
  const flags = reader.bigEndian(4);
  const filter = (flags & FLAG.filter) === 0 ? 0 : reader.bigEndian(4);
  // mode and time of the file
  reader.take(version >= LONG_HEADER ? 12 : 8);
  reader.take(reader.bigEndian(1));
  const checksum = (flags & FLAG.crcOfHeader) === 0 ? adler32 : crc;
  const sum = checksum(data, start, reader.at);
  if (reader.bigEndian(4) !== sum) throw reader.damaged('its header does not match its checksum');
  if (!METHODS.has(method)) throw fault(`is packed with an unknown method of lzop (${method})`);
  if (filter !== 0) throw fault('went through a filter of lzop, which Linux does not undo');
  if ((flags & FLAG.extraField) !== 0) {
    const field = reader.at;
    reader.take(reader.bigEndian(4));
    const sumOfField = checksum(data, field, reader.at);
    if (reader.bigEndian(4) !== sumOfField)
      throw reader.damaged('its extra field does not match its checksum');
  }
  return flags;
}

type Expected = readonly (readonly [Checksum, number])[];

interface Block {
  offset: number;
  /** Where its data are in the input. */
  start: number;
  end: number;
  length: number;
  ofOutput: Expected;
  ofPacked: Expected;
}

/** The next block's place, sizes and checksums; `null` at the end. */
function readBlock(reader: PackedReader, flags: number): Block | null {
  const offset = reader.at;
  const length = reader.bigEndian(4);
  if (length === 0) return null;
  const size = reader.bigEndian(4);
  if (length > MAX_BLOCK || size > length || length > size * MAX_RATIO) {
    throw reader.damaged(`the block at offset ${offset} has impossible sizes`);
  }
  const expect = (adlerFlag: number, crcFlag: number): Expected => [
    ...((flags & adlerFlag) === 0 ? [] : [[adler32, reader.bigEndian(4)] as const]),
    ...((flags & crcFlag) === 0 ? [] : [[crc, reader.bigEndian(4)] as const]),
  ];
  const ofOutput = expect(FLAG.adlerOfOutput, FLAG.crcOfOutput);
  // A block that did not get smaller is stored as it is, and needs only one set of checksums.
  const ofPacked = size === length ? [] : expect(FLAG.adlerOfPacked, FLAG.crcOfPacked);
  const start = reader.at;
  reader.take(size);
  return { offset, start, end: reader.at, length, ofOutput, ofPacked };
}

const agrees = (expected: Expected, bytes: Uint8Array, start: number, end: number): boolean =>
  expected.every(([checksum, sum]) => checksum(bytes, start, end) === sum);

function startReading(data: Uint8Array, fault: Fault): { reader: PackedReader; flags: number } {
  if (data.length < MAGIC_SIZE) throw fault('is cut short (lzop)');
  if (!hasMagic(data, PACKED.lzo)) throw fault('is not a file of lzop');
  const reader = new PackedReader(data, 'lzop', fault);
  reader.take(MAGIC_SIZE);
  return { reader, flags: readHeader(reader, fault) };
}

/** Unpacks a block to `at` of `out`, which is still zero there; its checksums are checked. */
function unpackBlock(reader: PackedReader, block: Block, out: Uint8Array, at: number): void {
  const { data } = reader;
  const { offset, start, end, length, ofOutput, ofPacked } = block;
  const limit = at + length;
  if (!agrees(ofPacked, data, start, end)) {
    throw reader.damaged(`the packed block at offset ${offset} does not match its checksum`);
  }
  if (end - start === length) out.set(data.subarray(start, end), at);
  else if (!unpackLzo1x({ source: data, from: start, end, target: out, at, limit })) {
    throw reader.damaged(`the block at offset ${offset} is invalid`);
  }
  if (!agrees(ofOutput, out, at, limit)) {
    throw reader.damaged(`the block at offset ${offset} does not match its checksum`);
  }
}

/** LZO in the container of lzop: its header's checksum and all that the blocks carry are checked. */
export const decodeLzo = ((data, limit, fault) => {
  const { reader, flags } = startReading(data, fault);
  const blocks: Block[] = [];
  let total = 0;
  for (let block = readBlock(reader, flags); block !== null; block = readBlock(reader, flags)) {
    blocks.push(block);
    total += block.length;
    if (total > limit) throw fault(beyondLimit(limit));
  }

  const out = new Uint8Array(total);
  let at = 0;
  for (const block of blocks) {
    unpackBlock(reader, block, out, at);
    at += block.length;
  }
  return { bytes: out, consumed: reader.at };
}) satisfies Decoder;

/** The same block by block. */
export const streamLzo = function* (data, fault) {
  const { reader, flags } = startReading(data, fault);
  let out = new Uint8Array();
  for (let block = readBlock(reader, flags); block !== null; block = readBlock(reader, flags)) {
    if (block.length > out.length) out = new Uint8Array(block.length);
    else out.fill(0);
    unpackBlock(reader, block, out, 0);
    yield out.subarray(0, block.length);
  }
  return reader.at;
} satisfies StreamDecoder;
