/** CRC-64 of ECMA-182, reflected, as xz has it (xz file format, section 6). */
const [POLYNOMIAL_LOW, POLYNOMIAL_HIGH] = [0xd7870f42, 0xc96c5795];
const STEP = 4;

/** What four bytes at a time do to the low and the high word: 256 entries for each of the four. */
function makeTables(): { low: Uint32Array; high: Uint32Array } {
  const [low, high] = [new Uint32Array(STEP * 256), new Uint32Array(STEP * 256)];
  for (let byte = 0; byte < 256; byte++) {
    let [l, h] = [byte, 0];
    for (let step = 0; step < STEP; step++) {
      for (let bit = 0; bit < 8; bit++) {
        const odd = -(l & 1);
        l = ((l >>> 1) | (h << 31)) ^ (POLYNOMIAL_LOW & odd);
        h = (h >>> 1) ^ (POLYNOMIAL_HIGH & odd);
      }
      low[step * 256 + byte] = l;
      high[step * 256 + byte] = h;
    }
  }
  return { low, high };
}

let tables: ReturnType<typeof makeTables> | undefined;

/** The CRC-64 as two unsigned words; `before` is that of the data before. */
export function crc64(data: Uint8Array, before = { low: 0, high: 0 }): { low: number; high: number } {
  tables ??= makeTables();
  const { low, high } = tables;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let [l, h] = [~before.low, ~before.high];
  let at = 0;
  for (const end = data.length - (data.length % STEP); at < end; at += STEP) {
    const word = l ^ view.getInt32(at, true);
    const a = 768 + (word & 0xff);
    const b = 512 + ((word >>> 8) & 0xff);
    const c = 256 + ((word >>> 16) & 0xff);
    const d = word >>> 24;
    l = h ^ low[a]! ^ low[b]! ^ low[c]! ^ low[d]!;
    h = high[a]! ^ high[b]! ^ high[c]! ^ high[d]!;
  }
  for (; at < data.length; at++) {
    const byte = (l ^ data[at]!) & 0xff;
    l = ((l >>> 8) | (h << 24)) ^ low[byte]!;
    h = (h >>> 8) ^ high[byte]!;
  }
  return { low: ~l >>> 0, high: ~h >>> 0 };
}
