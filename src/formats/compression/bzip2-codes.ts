import type { BitReader } from './bits.ts';

/** The longest code of bzip2. */
export const MAX_CODE_LENGTH = 20;
/** Codes up to this length are looked up at once. */
export const FAST_BITS = 10;

/** A prefix code, whose codes of one length are consecutive numbers. */
export interface CodeTable {
  /** By the next {@link FAST_BITS} bits: symbol << 5 | length, or 0 if the code is longer. */
  fast: Uint16Array;
  /** By length: the first number that is too large for a code of this length. */
  beyond: Int32Array;
  /** By length: what to add to a code to find its symbol in `symbols`. */
  shift: Int32Array;
  /** In the order of their codes. */
  symbols: Uint16Array;
}

function buildTable(lengths: Uint8Array): CodeTable {
  const counts = new Int32Array(MAX_CODE_LENGTH + 2);
  for (const length of lengths) counts[length]!++;
  const fast = new Uint16Array(1 << FAST_BITS);
  const beyond = new Int32Array(MAX_CODE_LENGTH + 1);
  const shift = new Int32Array(MAX_CODE_LENGTH + 1);
  const symbols = new Uint16Array(lengths.length);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= MAX_CODE_LENGTH; length++) {
    shift[length] = index - code;
    for (let symbol = 0; counts[length]! > 0 && symbol < lengths.length; symbol++) {
      if (lengths[symbol] !== length) continue;
      symbols[index++] = symbol;
      if (length <= FAST_BITS) {
        // Lengths that no prefix code can have lead beyond the table, which ignores what is written there.
        const first = code << (FAST_BITS - length);
        fast.fill((symbol << 5) | length, first, first + (1 << (FAST_BITS - length)));
      }
      code++;
    }
    beyond[length] = code;
    code <<= 1;
  }
  return { fast, beyond, shift, symbols };
}

/** Reads the code tables of a block: per table a length, then how each symbol's length differs; `null` if damaged. */
export function readTables(bits: BitReader, count: number, symbols: number): CodeTable[] | null {
  const tables: CodeTable[] = [];
  for (let table = 0; table < count; table++) {
    const lengths = new Uint8Array(symbols);
    let length = bits.read(5);
    for (let symbol = 0; symbol < symbols; symbol++) {
      for (;;) {
        if (length < 1 || length > MAX_CODE_LENGTH) return null;
        if (bits.read(1) === 0) break;
        length += bits.read(1) === 0 ? 1 : -1;
      }
      lengths[symbol] = length;
    }
    tables.push(buildTable(lengths));
  }
  return tables;
}

/** Reads which table holds for each group of symbols; `null` if damaged. */
export function readSelectors(bits: BitReader, tables: number): Uint8Array | null {
  const count = bits.read(15);
  if (count === 0) return null;
  const selectors = new Uint8Array(count);
  const order = Array.from({ length: tables }, (_, index) => index);
  for (let at = 0; at < count; at++) {
    let place = 0;
    while (bits.read(1) === 1) if (++place >= tables) return null;
    const [table] = order.splice(place, 1);
    order.unshift(table!);
    selectors[at] = table!;
  }
  return selectors;
}
