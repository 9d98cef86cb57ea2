import { copyLiterals, copyMatch } from './copy.ts';

/** The part of `source` that is one LZO1X block, and the part of `target` that it must fill. */
export interface LzoBlock {
  source: Uint8Array;
  from: number;
  end: number;
  target: Uint8Array;
  at: number;
  limit: number;
}

/**
 * Unpacks one block of LZO1X. The bit stream is that of Linux, Documentation/staging/lzo.rst, in its first version: an
 * instruction copies from what is there already, then up to three literals; a run of literals is an instruction of its
 * own, and what the smallest opcodes mean depends on how many literals came just before.
 *
 * @returns whether the block was sound, ended in its end marker, and gave exactly what it should
 */
export function unpackLzo1x({ source, from, end, target, at, limit }: LzoBlock): boolean {
  const origin = at;
  /** How many literals the last instruction ended in; 4 is a run of its own. */
  let state = 0;
  if (from >= end) return false;
  if (source[from]! > 17) {
    const count = source[from++]! - 17;
    if (from + count > end || at + count > limit) return false;
    copyLiterals(source, from, target, at, count);
    from += count;
    at += count;
    state = Math.min(count, 4);
  }

  for (;;) {
    if (from >= end) return false;
    const opcode = source[from++]!;
    let length: number;
    let distance: number;
    let literals: number;

    if (opcode >= 64) {
      // A short match within 2 KiB.
      if (from >= end) return false;
      length = opcode >= 128 ? 5 + ((opcode >> 5) & 3) : 3 + ((opcode >> 5) & 1);
      distance = (source[from++]! << 3) + ((opcode >> 2) & 7) + 1;
      literals = opcode & 3;
    } else if (opcode >= 16) {
      // A match of any length, within 16 KiB or from 16 to 48 KiB.
      const isFar = opcode < 32;
      const mask = isFar ? 7 : 31;
      length = opcode & mask;
      if (length === 0) {
        while (from < end && source[from] === 0) {
          length += 255;
          from++;
        }
        if (from >= end) return false;
        length += mask + source[from++]!;
      }
      length += 2;
      if (from + 2 > end) return false;
      const word = source[from]! | (source[from + 1]! << 8);
      from += 2;
      literals = word & 3;
      distance = word >> 2;
      if (isFar) {
        distance += 16384 + ((opcode & 8) << 11);
        if (distance === 16384) return length === 3 && from === end && at === limit;
      } else {
        distance++;
      }
    } else if (state === 0) {
      // A run of literals.
      length = opcode;
      if (length === 0) {
        while (from < end && source[from] === 0) {
          length += 255;
          from++;
        }
        if (from >= end) return false;
        length += 15 + source[from++]!;
      }
      length += 3;
      if (from + length > end || at + length > limit) return false;
      copyLiterals(source, from, target, at, length);
      from += length;
      at += length;
      state = 4;
      continue;
    } else {
      // Two bytes within 1 KiB behind a few literals, three from 2 to 3 KiB behind a run.
      if (from >= end) return false;
      length = state === 4 ? 3 : 2;
      distance = (source[from++]! << 2) + (opcode >> 2) + (state === 4 ? 2049 : 1);
      literals = opcode & 3;
    }

    if (distance > at - origin || at + length > limit) return false;
    copyMatch(target, at, distance, length);
    at += length;
    if (from + literals > end || at + literals > limit) return false;
    for (let count = literals; count > 0; count--) target[at++] = source[from++]!;
    state = literals;
  }
}
