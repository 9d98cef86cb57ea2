import { crc32 } from 'node:zlib';
import { hasMagic, MAGIC } from '../magic.ts';
import { adler32 } from './adler32.ts';
import type { Decoder, Fault } from './decoder.ts';
import { unpackLzo1x } from './lzo1x.ts';

/**
 * A file of lzop, as its header says: magic, versions, method, flags, name and their checksum; then blocks, each with
 * both its sizes and the checksums that the flags name; a size of 0 ends it. All numbers are big-endian.
 */
const MAGIC_SIZE = MAGIC.lzop.bytes.length;
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

/** Reads big-endian numbers one after another, none of them behind the end of the data. */
class Numbers {
  readonly data: Uint8Array;
  readonly fault: Fault;
  at: number;

  constructor(data: Uint8Array, at: number, fault: Fault) {
    this.data = data;
    this.at = at;
    this.fault = fault;
  }

  skip(count: number): number {
    const start = this.at;
    if (start + count > this.data.length) throw this.fault('is cut short (lzop)');
    this.at = start + count;
    return start;
  }

  next(size: 1 | 2 | 4): number {
    const start = this.skip(size);
    let value = 0;
    for (let index = start; index < this.at; index++) value = value * 256 + this.data[index]!;
    return value;
  }
}

const damaged = (fault: Fault, what: string) => fault(`is damaged (lzop: ${what})`);

/** Reads the header up to the first block; returns its flags. */
function readHeader(numbers: Numbers): number {
  const { data, fault } = numbers;
  const start = numbers.at;
  const version = numbers.next(2);
  numbers.next(2);
  const needed = version >= LONG_HEADER ? numbers.next(2) : version;
  if (needed > NEWEST) throw fault('is in a newer format of lzop than is known');
  const method = numbers.next(1);
  if (version >= LONG_HEADER) numbers.next(1);
  const flags = numbers.next(4);
  const filter = (flags & FLAG.filter) === 0 ? 0 : numbers.next(4);
  // mode and time of the file
  numbers.skip(version >= LONG_HEADER ? 12 : 8);
  numbers.skip(numbers.next(1));
  const checksum = (flags & FLAG.crcOfHeader) === 0 ? adler32 : crc;
  const sum = checksum(data, start, numbers.at);
  if (numbers.next(4) !== sum) throw damaged(fault, "its header's checksum is another");
  if (!METHODS.has(method)) throw fault(`is packed with a method of lzop that is not known (${method})`);
  if (filter !== 0) throw fault('went through a filter of lzop, which Linux does not undo');
  if ((flags & FLAG.extraField) !== 0) {
    const field = numbers.at;
    numbers.skip(numbers.next(4));
    const sumOfField = checksum(data, field, numbers.at);
    if (numbers.next(4) !== sumOfField) throw damaged(fault, "its extra field's checksum is another");
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
function readBlock(numbers: Numbers, flags: number): Block | null {
  const { fault } = numbers;
  const offset = numbers.at;
  const length = numbers.next(4);
  if (length === 0) return null;
  const size = numbers.next(4);
  if (length > MAX_BLOCK || size > length || length > size * MAX_RATIO) {
    throw damaged(fault, `the block at offset ${offset} has impossible sizes`);
  }
  const expect = (adlerFlag: number, crcFlag: number): Expected => [
    ...((flags & adlerFlag) === 0 ? [] : [[adler32, numbers.next(4)] as const]),
    ...((flags & crcFlag) === 0 ? [] : [[crc, numbers.next(4)] as const]),
  ];
  const ofOutput = expect(FLAG.adlerOfOutput, FLAG.crcOfOutput);
  // A block that did not get smaller is stored as it is, and needs only one set of checksums.
  const ofPacked = size === length ? [] : expect(FLAG.adlerOfPacked, FLAG.crcOfPacked);
  const start = numbers.skip(size);
  return { offset, start, end: numbers.at, length, ofOutput, ofPacked };
}

const agrees = (expected: Expected, bytes: Uint8Array, start: number, end: number): boolean =>
  expected.every(([checksum, sum]) => checksum(bytes, start, end) === sum);

/** LZO in the container of lzop: its header's checksum and all that the blocks carry are checked. */
export const decodeLzo = ((data, limit, fault) => {
  if (data.length < MAGIC_SIZE) throw fault('is cut short (lzop)');
  if (!hasMagic(data, MAGIC.lzop)) throw fault('is no file of lzop');
  const numbers = new Numbers(data, MAGIC_SIZE, fault);
  const flags = readHeader(numbers);

  const blocks: Block[] = [];
  let total = 0;
  for (let block = readBlock(numbers, flags); block !== null; block = readBlock(numbers, flags)) {
    blocks.push(block);
    total += block.length;
    if (total > limit) throw fault(`unpacks to more than ${limit} bytes`);
  }

  const out = new Uint8Array(total);
  let at = 0;
  for (const { offset, start, end, length, ofOutput, ofPacked } of blocks) {
    const limit = at + length;
    if (!agrees(ofPacked, data, start, end)) {
      throw damaged(fault, `the packed block at offset ${offset} has another checksum`);
    }
    if (end - start === length) out.set(data.subarray(start, end), at);
    else if (!unpackLzo1x({ source: data, from: start, end, target: out, at, limit })) {
      throw damaged(fault, `the block at offset ${offset} makes no sense`);
    }
    if (!agrees(ofOutput, out, at, limit)) {
      throw damaged(fault, `the block at offset ${offset} unpacks to another checksum`);
    }
    at = limit;
  }
  return { bytes: out, consumed: numbers.at };
}) satisfies Decoder;
