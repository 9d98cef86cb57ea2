import { beyondLimit, type Decoder, type Fault, type StreamDecoder } from './decoder.ts';
import { LzmaState } from './lzma-state.ts';
import { unpackSymbols, type Outcome } from './lzma-symbols.ts';

const HEADER = 13;
const RANGE_START = 5;
/** lc up to 8 and lp up to 4 (LZMA specification, "lzma file format"). */
const MOST_LITERAL_BITS = 12;

/** Reads the header, and starts `lzma`; gives the size in it, which may be unknown. */
function startLzma(data: Uint8Array, limit: number | null, fault: Fault): { lzma: LzmaState; size: number } {
  const damaged = (why: string) => fault(`is damaged (lzma: ${why})`);
  if (data.length < HEADER + RANGE_START) throw fault('is cut short (lzma)');
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [low, high] = [view.getUint32(5, true), view.getUint32(9, true)];
  const size = low === 0xffffffff && high === 0xffffffff ? Infinity : high * 2 ** 32 + low;
  if (size !== Infinity && limit !== null && size > limit) throw fault(beyondLimit(limit));

  // One byte beyond the limit, or beyond the size: there the end marker may stand, and nothing else.
  const lzma = new LzmaState(data, limit === null ? null : limit + 1);
  if (!lzma.setProperties(data[0]!, MOST_LITERAL_BITS))
    throw damaged(`${data[0]} is not a valid byte of properties`);
  lzma.startDictionary(view.getUint32(1, true));
  if (!lzma.startRange(HEADER, data.length)) throw damaged('its first bytes do not start a range coder');
  return { lzma, size };
}

/**
 * The format of `lzma` and `xz --format=lzma`: a header of 13 bytes, then LZMA to its end marker, or to the size in the
 * header, or both. It has no check: damage that still is LZMA is not noticed.
 */
export const decodeLzma = ((data, limit, fault) => {
  const cut = () => fault('is cut short (lzma)');
  const damaged = (why: string) => fault(`is damaged (lzma: ${why})`);
  const tooLong = () => fault(beyondLimit(limit));
  const { lzma, size } = startLzma(data, limit, fault);
  let outcome: Outcome = 'full';
  while (outcome === 'full' && lzma.pos < size) {
    if (lzma.pos === lzma.out.length && !lzma.reserve(1)) throw tooLong();
    outcome = unpackSymbols(lzma, Math.min(lzma.out.length, size));
  }
  if (outcome === 'full' && !lzma.finished) {
    lzma.reserve(1);
    outcome = unpackSymbols(lzma, size + 1);
    if (outcome === 'full') throw damaged(`has more than the ${size} bytes that its header gives`);
  }
  if (outcome === 'damaged') throw damaged('a distance is outside of the dictionary');
  if (outcome === 'cut') throw cut();
  if (lzma.pos > limit) throw tooLong();
  if (outcome === 'marker' && !lzma.finished) throw damaged('its end marker is not the end');
  if (size !== Infinity && lzma.pos !== size) {
    throw damaged(`ends after ${lzma.pos} bytes, and its header gives ${size}`);
  }
  return { bytes: lzma.out.subarray(0, lzma.pos), consumed: lzma.at };
}) satisfies Decoder;

const PIECE = 256 << 10;

/** The same in pieces. */
export const streamLzma = function* (data, fault) {
  const damaged = (why: string) => fault(`is damaged (lzma: ${why})`);
  const { lzma, size } = startLzma(data, null, fault);
  let total = 0;
  let outcome: Outcome = 'full';
  // One byte beyond the size: there the end marker may stand, and nothing else.
  while (outcome === 'full' && (total < size || !lzma.finished)) {
    const room = Math.min(PIECE, size + 1 - total);
    if (room <= 0) throw damaged(`has more than the ${size} bytes that its header gives`);
    if (!lzma.reserve(room)) return null;
    const start = lzma.pos;
    outcome = unpackSymbols(lzma, start + (total < size ? Math.min(room, size - total) : room));
    total += lzma.pos - start;
    if (total <= size) yield lzma.out.subarray(start, lzma.pos);
    lzma.slide();
  }
  if (outcome === 'damaged') throw damaged('a distance is outside of the dictionary');
  if (outcome === 'cut') throw fault('is cut short (lzma)');
  if (outcome === 'marker' && !lzma.finished) throw damaged('its end marker is not the end');
  if (size !== Infinity && total !== size) {
    throw damaged(`ends after ${total} bytes, and its header gives ${size}`);
  }
  return lzma.at;
} satisfies StreamDecoder;
