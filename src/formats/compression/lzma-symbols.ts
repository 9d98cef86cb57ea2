import {
  STATES,
  MATCH,
  REP,
  WHICH,
  SHORT,
  SLOT,
  SPECIAL,
  ALIGN,
  LENGTH,
  REP_LENGTH,
  LITERAL,
} from './lzma-places.ts';
import type { LzmaState } from './lzma-state.ts';

/**
 * - `full`: as much is unpacked as was asked for
 * - `marker`: the end marker came before that
 * - `damaged`: a distance is outside of the dictionary
 * - `cut`: the packed bytes ended before that
 */
export type Outcome = 'full' | 'marker' | 'damaged' | 'cut';

/** A 0 adds (2048 - p) >> 5 to a probability; with this it is the same shift as for a 1. */
const ROUNDED = 31 - 2048;

/**
 * Unpacks until `outEnd` bytes are there; `out` must have room for them.
 *
 * Each bit is read by the same dozen lines, with no call and no branch on it: `zero` is -1 for a 0, and 0 for a 1.
 */
export function unpackSymbols(lzma: LzmaState, outEnd: number): Outcome {
  const { data, end, out, dictionaryStart, dictionarySize, probs, recent } = lzma;
  const { literalContextBits, literalPositionMask, positionMask } = lzma;
  let { at, range, code, state, rep0, pos, length } = lzma;
  let outcome: Outcome = 'full';
  let index = 0;
  let prob = 0;
  let bound = 0;
  let zero = 0;

  for (;;) {
    if (length > 0) {
      const stop = Math.min(pos + length, outEnd);
      length -= stop - pos;
      for (let from = pos - rep0 - 1; pos < stop;) out[pos++] = out[from++]!;
    }
    // A symbol may read beyond the end; nothing is made of a further one.
    if (pos >= outEnd || at > end) break;

    const position = pos - dictionaryStart;
    const positionState = position & positionMask;
    if (range >>> 24 === 0) {
      range <<= 8;
      code = (code << 8) | data[at++]!;
    }
    index = MATCH + (state << 4) + positionState;
    prob = probs[index]!;
    bound = Math.imul(range >>> 11, prob);
    zero = ((~code & bound) | (~(code ^ bound) & (code - bound))) >> 31;
    code = (code - bound + (bound & zero)) | 0;
    range = (bound & zero) | ((range - bound) & ~zero);
    probs[index] = prob - ((prob + (zero & ROUNDED)) >> 5);
    if (zero !== 0) {
      const before = position > 0 ? out[pos - 1]! : 0;
      const place = (position & literalPositionMask) << literalContextBits;
      const literal = LITERAL + 0x300 * (place + (before >> (8 - literalContextBits)));
      // After a match, the byte at its distance is the context, up to the first bit that is another.
      let guess = state < 7 ? 0 : out[pos - rep0 - 1]!;
      let guessing = state < 7 ? 0 : 0x100;
      let symbol = 1;
      while (symbol < 0x100) {
        guess <<= 1;
        const guessed = guess & guessing;
        if (range >>> 24 === 0) {
          range <<= 8;
          code = (code << 8) | data[at++]!;
        }
        index = literal + guessing + guessed + symbol;
        prob = probs[index]!;
        bound = Math.imul(range >>> 11, prob);
        zero = ((~code & bound) | (~(code ^ bound) & (code - bound))) >> 31;
        code = (code - bound + (bound & zero)) | 0;
        range = (bound & zero) | ((range - bound) & ~zero);
        probs[index] = prob - ((prob + (zero & ROUNDED)) >> 5);
        guessing &= guessed ^ zero;
        symbol = (symbol << 1) + 1 + zero;
      }
      out[pos++] = symbol;
      state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
      continue;
    }

    if (range >>> 24 === 0) {
      range <<= 8;
      code = (code << 8) | data[at++]!;
    }
    index = REP + state;
    prob = probs[index]!;
    bound = Math.imul(range >>> 11, prob);
    zero = ((~code & bound) | (~(code ^ bound) & (code - bound))) >> 31;
    code = (code - bound + (bound & zero)) | 0;
    range = (bound & zero) | ((range - bound) & ~zero);
    probs[index] = prob - ((prob + (zero & ROUNDED)) >> 5);
    const lengths = zero === 0 ? REP_LENGTH : LENGTH;
    let which = 0;
    if (zero === 0) {
      for (; which < 3; which++) {
        if (range >>> 24 === 0) {
          range <<= 8;
          code = (code << 8) | data[at++]!;
        }
        index = WHICH + which * STATES + state;
        prob = probs[index]!;
        bound = Math.imul(range >>> 11, prob);
        zero = ((~code & bound) | (~(code ^ bound) & (code - bound))) >> 31;
        code = (code - bound + (bound & zero)) | 0;
        range = (bound & zero) | ((range - bound) & ~zero);
        probs[index] = prob - ((prob + (zero & ROUNDED)) >> 5);
        if (zero !== 0) break;
      }
      if (which === 0) {
        if (range >>> 24 === 0) {
          range <<= 8;
          code = (code << 8) | data[at++]!;
        }
        index = SHORT + (state << 4) + positionState;
        prob = probs[index]!;
        bound = Math.imul(range >>> 11, prob);
        zero = ((~code & bound) | (~(code ^ bound) & (code - bound))) >> 31;
        code = (code - bound + (bound & zero)) | 0;
        range = (bound & zero) | ((range - bound) & ~zero);
        probs[index] = prob - ((prob + (zero & ROUNDED)) >> 5);
        length = -zero;
      }
      const distance = which === 0 ? rep0 : recent[which - 1]!;
      if (distance >= position) {
        outcome = 'damaged';
        break;
      }
      for (; which > 0; which--) recent[which - 1] = which === 1 ? rep0 : recent[which - 2]!;
      rep0 = distance;
      if (length === 1) {
        state = state < 7 ? 9 : 11;
        continue;
      }
      state = state < 7 ? 8 : 11;
    } else {
      recent[2] = recent[1]!;
      recent[1] = recent[0]!;
      recent[0] = rep0;
      state = state < 7 ? 7 : 10;
    }

    let tree = lengths + 2 + positionState * 8;
    let leaves = 8;
    length = 2;
    for (let choice = 0; choice < 2; choice++) {
      if (range >>> 24 === 0) {
        range <<= 8;
        code = (code << 8) | data[at++]!;
      }
      index = lengths + choice;
      prob = probs[index]!;
      bound = Math.imul(range >>> 11, prob);
      zero = ((~code & bound) | (~(code ^ bound) & (code - bound))) >> 31;
      code = (code - bound + (bound & zero)) | 0;
      range = (bound & zero) | ((range - bound) & ~zero);
      probs[index] = prob - ((prob + (zero & ROUNDED)) >> 5);
      if (zero !== 0) break;
      length += 8;
      tree = choice === 0 ? tree + 16 * 8 : lengths + 2 + 2 * 16 * 8;
      leaves = choice === 0 ? 8 : 256;
    }
    let symbol = 1;
    while (symbol < leaves) {
      if (range >>> 24 === 0) {
        range <<= 8;
        code = (code << 8) | data[at++]!;
      }
      index = tree + symbol;
      prob = probs[index]!;
      bound = Math.imul(range >>> 11, prob);
      zero = ((~code & bound) | (~(code ^ bound) & (code - bound))) >> 31;
      code = (code - bound + (bound & zero)) | 0;
      range = (bound & zero) | ((range - bound) & ~zero);
      probs[index] = prob - ((prob + (zero & ROUNDED)) >> 5);
      symbol = (symbol << 1) + 1 + zero;
    }
    length += symbol - leaves;
    if (lengths === REP_LENGTH) continue;

    tree = SLOT + (Math.min(length, 5) - 2) * 64;
    symbol = 1;
    while (symbol < 64) {
      if (range >>> 24 === 0) {
        range <<= 8;
        code = (code << 8) | data[at++]!;
      }
      index = tree + symbol;
      prob = probs[index]!;
      bound = Math.imul(range >>> 11, prob);
      zero = ((~code & bound) | (~(code ^ bound) & (code - bound))) >> 31;
      code = (code - bound + (bound & zero)) | 0;
      range = (bound & zero) | ((range - bound) & ~zero);
      probs[index] = prob - ((prob + (zero & ROUNDED)) >> 5);
      symbol = (symbol << 1) + 1 + zero;
    }
    rep0 = symbol - 64;
    if (rep0 >= 4) {
      let bits = (rep0 >> 1) - 1;
      const least = (2 | (rep0 & 1)) << bits;
      tree = SPECIAL + least - rep0;
      rep0 = least;
      if (bits > 5) {
        // The middle bits of a far distance are not predicted.
        for (tree = ALIGN; bits > 4; bits--) {
          if (range >>> 24 === 0) {
            range <<= 8;
            code = (code << 8) | data[at++]!;
          }
          range >>>= 1;
          zero = (code - range) >> 31;
          code = (code - range + (range & zero)) | 0;
          rep0 += (1 + zero) << (bits - 1);
        }
      }
      symbol = 1;
      for (let bit = 0; bit < bits; bit++) {
        if (range >>> 24 === 0) {
          range <<= 8;
          code = (code << 8) | data[at++]!;
        }
        index = tree + symbol;
        prob = probs[index]!;
        bound = Math.imul(range >>> 11, prob);
        zero = ((~code & bound) | (~(code ^ bound) & (code - bound))) >> 31;
        code = (code - bound + (bound & zero)) | 0;
        range = (bound & zero) | ((range - bound) & ~zero);
        probs[index] = prob - ((prob + (zero & ROUNDED)) >> 5);
        symbol = (symbol << 1) + 1 + zero;
        rep0 += (1 + zero) << bit;
      }
    }
    if (rep0 === -1) {
      length = 0;
      outcome = 'marker';
      break;
    }
    if (rep0 >>> 0 >= Math.min(position, dictionarySize)) {
      outcome = 'damaged';
      break;
    }
  }

  if (range >>> 24 === 0) {
    range <<= 8;
    code = (code << 8) | data[at++]!;
  }
  if (at > end) outcome = 'cut';
  Object.assign(lzma, { at, range, code, state, rep0, pos, length });
  return outcome;
}
