import type { LzmaState } from './lzma-state.ts';
import { unpackSymbols } from './lzma-symbols.ts';
import type { PackedReader } from './packed-reader.ts';

const MOST_LITERAL_BITS = 4;
const RANGE_START = 5;

/** Control bytes of chunks. From `LZMA` on, five bits are of the size, and each further value resets more. */
const END = 0x00;
const COPY_ANEW = 0x01;
const COPY = 0x02;
const LZMA = 0x80;
const LZMA_RESET = 0xa0;
const LZMA_PROPERTIES = 0xc0;
const LZMA_ANEW = 0xe0;

function unpackChunk(reader: PackedReader, lzma: LzmaState, size: number, packed: number): void {
  const { at } = reader;
  reader.take(packed);
  if (packed < RANGE_START || !lzma.startRange(at, reader.at)) {
    throw reader.damaged('the first bytes of a chunk do not start a range coder');
  }
  const outcome = unpackSymbols(lzma, lzma.pos + size);
  if (outcome === 'damaged') throw reader.damaged('a distance is outside of the dictionary');
  if (outcome !== 'full' || !lzma.finished || lzma.at !== reader.at) {
    throw reader.damaged('a chunk has another size than it says');
  }
}

/**
 * Unpacks the LZMA2 chunks at the reader's place to the end of their list, behind what `lzma` has unpacked before; pauses
 * after each.
 *
 * @returns `false` if they unpack to more than the limit
 */
export function* unpackLzma2(
  reader: PackedReader,
  lzma: LzmaState,
  dictionarySize: number,
): Generator<void, boolean, void> {
  let [started, hasProperties] = [false, false];
  for (;;) {
    const control = reader.byte();
    if (control === END) return true;
    if (control > COPY && control < LZMA) throw reader.damaged(`there is no chunk of kind ${control}`);
    const isLzma = control >= LZMA;
    const size = (isLzma ? (control & 0x1f) << 16 : 0) + reader.bigEndian(2) + 1;
    const packed = isLzma ? reader.bigEndian(2) + 1 : size;

    if (control === COPY_ANEW || control >= LZMA_ANEW) {
      lzma.startDictionary(dictionarySize);
      [started, hasProperties] = [true, false];
    }
    if (!started) throw reader.damaged('its first chunk does not start a dictionary');
    if (control >= LZMA_PROPERTIES) {
      hasProperties = lzma.setProperties(reader.byte(), MOST_LITERAL_BITS);
      if (!hasProperties) throw reader.damaged('a byte of properties is not valid');
    } else if (control >= LZMA_RESET && hasProperties) lzma.resetState();
    if (isLzma && !hasProperties) throw reader.damaged('a chunk has no properties');

    if (!lzma.reserve(size)) return false;
    if (isLzma) unpackChunk(reader, lzma, size, packed);
    else {
      lzma.out.set(reader.take(size), lzma.pos);
      lzma.pos += size;
    }
    yield;
  }
}
