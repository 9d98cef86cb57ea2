const MODULUS = 65521;
/** So many bytes can be summed up before the sums leave 31 bits, where V8's numbers are quick. */
const ROUND = 3800;

/** Adler-32 (RFC 1950) of the bytes from `start` to `end`. */
export function adler32(bytes: Uint8Array, start: number, end: number): number {
  let a = 1;
  let b = 0;
  for (let at = start; at < end;) {
    const stop = Math.min(at + ROUND, end);
    // Eight bytes at once, so that one sum does not wait for the other.
    for (; at + 8 <= stop; at += 8) {
      const p = bytes[at]!;
      const q = bytes[at + 1]!;
      const r = bytes[at + 2]!;
      const s = bytes[at + 3]!;
      const w = bytes[at + 4]!;
      const x = bytes[at + 5]!;
      const y = bytes[at + 6]!;
      const z = bytes[at + 7]!;
      b = (b + 8 * (a + p) + 7 * q + 6 * r + 5 * s + 4 * w + 3 * x + 2 * y + z) | 0;
      a = (a + p + q + r + s + w + x + y + z) | 0;
    }
    for (; at < stop; at++) {
      a = (a + bytes[at]!) | 0;
      b = (b + a) | 0;
    }
    a %= MODULUS;
    b %= MODULUS;
  }
  return ((b << 16) | a) >>> 0;
}
