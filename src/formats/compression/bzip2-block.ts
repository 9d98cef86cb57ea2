import type { BitReader } from './bits.ts';
import { FAST_BITS, MAX_CODE_LENGTH, readSelectors, readTables } from './bzip2-codes.ts';

/** How many symbols go by one table. */
const GROUP_SIZE = 50;

/** Reads which bytes a block has: 16 ranges of 16, each with a map if it has any. */
function readAlphabet(bits: BitReader): Uint8Array {
  const ranges = bits.read(16);
  const alphabet: number[] = [];
  for (let range = 0; range < 16; range++) {
    if (((ranges << range) & 0x8000) === 0) continue;
    const map = bits.read(16);
    for (let byte = 0; byte < 16; byte++) {
      if (((map << byte) & 0x8000) !== 0) alphabet.push(range * 16 + byte);
    }
  }
  return Uint8Array.from(alphabet);
}

/**
 * Reads the symbols of a block: runs of the front byte of a list, or a byte's place in it, from where it moves to the
 * front. Counts the bytes, too.
 *
 * @param block gets the bytes, one an element
 * @returns how many there are; `null` if the block is damaged
 */
function readSymbols(bits: BitReader, block: Uint32Array, counts: Int32Array): number | null {
  const front = readAlphabet(bits);
  if (front.length === 0) return null;
  const endSymbol = front.length + 1;
  const tableCount = bits.read(3);
  if (tableCount < 2 || tableCount > 6) return null;
  const selectors = readSelectors(bits, tableCount);
  if (selectors === null) return null;
  const tables = readTables(bits, tableCount, endSymbol + 1);
  if (tables === null) return null;

  const { data } = bits;
  const fastMask = (1 << FAST_BITS) - 1;
  let { at, buffer, count } = bits;
  let size = 0;
  let run = 0;
  let runDigit = 1;
  for (let group = 0; group < selectors.length; group++) {
    if (at - 4 > data.length) return null;
    const { fast, beyond, shift, symbols } = tables[selectors[group]!]!;
    for (let left = GROUP_SIZE; left > 0; left--) {
      while (count < MAX_CODE_LENGTH) {
        buffer = (buffer << 8) | (at < data.length ? data[at]! : 0);
        at++;
        count += 8;
      }
      const entry = fast[(buffer >>> (count - FAST_BITS)) & fastMask]!;
      let symbol: number;
      if (entry !== 0) {
        symbol = entry >>> 5;
        count -= entry & 31;
      } else {
        let length = FAST_BITS + 1;
        let code = 0;
        for (; length <= MAX_CODE_LENGTH; length++) {
          code = (buffer >>> (count - length)) & ((1 << length) - 1);
          if (code < beyond[length]!) break;
        }
        if (length > MAX_CODE_LENGTH) return null;
        symbol = symbols[code + shift[length]!] ?? endSymbol + 1;
        if (symbol > endSymbol) return null;
        count -= length;
      }

      if (symbol <= 1) {
        // A run's length, in digits 1 and 2 of the base 2, the lowest first.
        run += runDigit << symbol;
        runDigit <<= 1;
        if (size + run > block.length) return null;
        continue;
      }
      if (run > 0) {
        const byte = front[0]!;
        block.fill(byte, size, size + run);
        counts[byte]! += run;
        size += run;
        run = 0;
        runDigit = 1;
      }
      if (symbol === endSymbol) {
        bits.at = at;
        bits.buffer = buffer;
        bits.count = count;
        return size;
      }
      if (size >= block.length) return null;
      let place = symbol - 1;
      const byte = front[place]!;
      if (place > 32) front.copyWithin(1, 0, place);
      else for (; place > 0; place--) front[place] = front[place - 1]!;
      front[0] = byte;
      block[size++] = byte;
      counts[byte]!++;
    }
  }
  return null;
}

/**
 * Reads a block behind its checksum, and makes a chain of it: in the low 8 bits of each element a byte, above them the
 * place of the next (the inverse of the Burrows-Wheeler transform).
 *
 * @returns how long the chain is, and where it begins; `null` if the block is damaged
 */
export function readBlock(bits: BitReader, block: Uint32Array): { size: number; first: number } | null {
  const origin = bits.read(24);
  const counts = new Int32Array(256);
  const size = readSymbols(bits, block, counts);
  if (size === null || origin >= size) return null;
  let sum = 0;
  for (let byte = 0; byte < 256; byte++) {
    const count = counts[byte]!;
    counts[byte] = sum;
    sum += count;
  }
  for (let at = 0; at < size; at++) {
    const byte = block[at]! & 0xff;
    const place = counts[byte]!;
    counts[byte] = place + 1;
    block[place] = block[place]! | (at << 8);
  }
  return { size, first: block[origin]! >>> 8 };
}
