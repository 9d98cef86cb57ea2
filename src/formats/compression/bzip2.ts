import { BitReader } from './bits.ts';
import { readBlock } from './bzip2-block.ts';
import { beyondLimit, type Decoder, type Fault, type StreamDecoder } from './decoder.ts';

/**
 * bzip2 has no specification of its authors; this follows the description of Joe Tsai, "BZIP2: Format Specification"
 * (2016). A stream is `BZh` and a digit, then blocks, each behind a number of 48 bits and its checksum, all of it
 * without regard to bytes; another number and the checksum of the checksums end it.
 */
const BLOCK = [0x314159, 0x265359] as const;
const END = [0x177245, 0x385090] as const;
const BLOCK_UNIT = 100_000;
/** What the largest block may unpack to: of five bytes each 259. */
const LARGEST_BLOCK = 9 * BLOCK_UNIT * 52;

/** By byte: the CRC-32 of IEEE 802.3, the highest bit first. */
const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  return crc;
});

function checksum(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1;
  for (let at = start; at < end; at++) crc = (crc << 8) ^ CRC_TABLE[(crc >>> 24) ^ bytes[at]!]!;
  return ~crc;
}

const damaged = (fault: Fault, what: string) => fault(`is damaged or cut short (bzip2: ${what})`);

/** Output that grows while there is more, up to a limit. */
class Output {
  bytes: Uint8Array;
  length = 0;
  readonly limit: number;
  readonly fault: Fault;

  constructor(guess: number, limit: number, fault: Fault) {
    this.limit = limit;
    this.fault = fault;
    this.bytes = new Uint8Array(Math.min(guess, limit));
  }

  /** The bytes, with room for `size` in all. */
  grow(size: number): Uint8Array {
    if (size > this.limit) throw this.fault(beyondLimit(this.limit));
    const larger = new Uint8Array(Math.min(Math.max(size, this.bytes.length * 2), this.limit));
    larger.set(this.bytes);
    this.bytes = larger;
    return larger;
  }
}

/** Follows a block's chain, and undoes the runs: behind four equal bytes comes how many more there are. */
function writeBlock(block: Uint32Array, { size, first }: { size: number; first: number }, output: Output) {
  let { bytes, length } = output;
  let next = first;
  let last = -1;
  let equal = 0;
  for (let left = size; left > 0; left--) {
    const link = block[next]!;
    const byte = link & 0xff;
    next = link >>> 8;
    if (equal === 4) {
      if (length + byte > bytes.length) bytes = output.grow(length + byte);
      bytes.fill(last, length, length + byte);
      length += byte;
      equal = 0;
      last = -1;
      continue;
    }
    equal = byte === last ? equal + 1 : 1;
    last = byte;
    if (length === bytes.length) bytes = output.grow(length + 1);
    bytes[length++] = byte;
  }
  output.length = length;
}

/** Unpacks block by block behind what `output` has; gives how much was read. */
function* unpackBlocks(data: Uint8Array, output: Output, fault: Fault): Generator<void, number, void> {
  const bits = new BitReader(data, 0);
  const magic = bits.read(24);
  const level = bits.read(8) - 0x30;
  if (magic !== 0x425a68 || level < 1 || level > 9) throw fault('is cut short, or not bzip2 data');
  let block: Uint32Array | undefined;
  let combined = 0;
  for (;;) {
    const number = [bits.read(24), bits.read(24)];
    const sum = (bits.read(16) << 16) | bits.read(16);
    if (bits.isBehindEnd) throw damaged(fault, 'its end is missing');
    if (number[0] === END[0] && number[1] === END[1]) {
      if (sum !== combined) throw damaged(fault, 'the checksum of the whole does not match');
      return bits.consumed;
    }
    if (number[0] !== BLOCK[0] || number[1] !== BLOCK[1]) {
      throw damaged(fault, `there is no block where one must be, before offset ${bits.consumed}`);
    }
    const offset = bits.consumed;
    if (bits.read(1) === 1) throw fault('is in the format of bzip2 before 0.9.5, which Linux does not read');
    block ??= new Uint32Array(level * BLOCK_UNIT);
    const chain = readBlock(bits, block);
    if (chain === null || bits.isBehindEnd) {
      throw damaged(fault, `the block at offset ${offset} is invalid`);
    }
    const start = output.length;
    writeBlock(block, chain, output);
    if (checksum(output.bytes, start, output.length) !== sum) {
      throw damaged(fault, `the block at offset ${offset} does not match its checksum`);
    }
    combined = ((combined << 1) | (combined >>> 31)) ^ sum;
    yield;
  }
}

/** One stream of bzip2: the checksums of its blocks and of the whole are checked. */
export const decodeBzip2 = ((data, limit, fault) => {
  const output = new Output(data.length * 8, limit, fault);
  const blocks = unpackBlocks(data, output, fault);
  for (;;) {
    const { done, value } = blocks.next();
    if (done) return { bytes: output.bytes.subarray(0, output.length), consumed: value };
  }
}) satisfies Decoder;

/** The same block by block. */
export const streamBzip2 = function* (data, fault) {
  const output = new Output(BLOCK_UNIT * 9, LARGEST_BLOCK, fault);
  const blocks = unpackBlocks(data, output, fault);
  for (;;) {
    const { done, value } = blocks.next();
    if (done) return value;
    yield output.bytes.subarray(0, output.length);
    output.length = 0;
  }
} satisfies StreamDecoder;
