/** The parts one after another. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A copy of a part, never a view: also where the caller gave a Buffer, whose `slice` shares its memory. */
export const copyOf = (source: Uint8Array, start: number, end?: number): Uint8Array =>
  new Uint8Array(source.subarray(start, end));
