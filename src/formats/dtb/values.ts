/** Bytes of one cell. */
const CELL = 4;

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A NUL-terminated text. */
export const encodeText = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`);

/** A property's list of texts; what stands behind the last NUL is left out. */
export const readTexts = (value: Uint8Array | undefined): string[] =>
  value === undefined ? [] : new TextDecoder('latin1').decode(value).split('\0').slice(0, -1);

/** The first of a property's texts. */
export function readText(value: Uint8Array | undefined): string | null {
  const end = value?.indexOf(0) ?? -1;
  return end < 0 ? null : new TextDecoder('latin1').decode(value!.subarray(0, end));
}

/** A property's 32-bit cells; a rest of less than one is left out. */
export function readCells(value: Uint8Array | undefined): number[] {
  if (value === undefined) return [];
  const view = viewOf(value);
  return Array.from({ length: Math.floor(value.length / CELL) }, (_, index) => view.getUint32(index * CELL));
}

/** The first of a property's cells. */
export const readCell = (value: Uint8Array | undefined): number | null =>
  value === undefined || value.length < CELL ? null : viewOf(value).getUint32(0);

/** The number in a run of cells, the highest first. */
export const joinCells = (cells: readonly number[]): bigint =>
  cells.reduce((sum, cell) => (sum << 32n) | BigInt(cell), 0n);

/**
 * Numbers of `width` cells each (1 or 2).
 *
 * @throws RangeError if one does not fit
 */
export function encodeNumber(value: bigint, width: 1 | 2): Uint8Array {
  if (value < 0n || value >= 1n << BigInt(width * 32)) {
    throw new RangeError(`0x${value.toString(16)} does not fit ${width * 32} bits`);
  }
  const out = new Uint8Array(width * CELL);
  const view = viewOf(out);
  if (width === 1) view.setUint32(0, Number(value));
  else view.setBigUint64(0, value);
  return out;
}

/** Numbers of one cell each. */
export function encodeCells(cells: readonly number[]): Uint8Array {
  const out = new Uint8Array(cells.length * CELL);
  const view = viewOf(out);
  cells.forEach((cell, index) => view.setUint32(index * CELL, cell));
  return out;
}

/** What a property's bytes most likely are; a DTB does not say. */
export type GuessedValue =
  | { kind: 'empty' }
  | { kind: 'texts'; texts: string[] }
  | { kind: 'cells'; cells: number[] }
  | { kind: 'bytes'; bytes: Uint8Array };

/** Texts as dtc prints them: printable ASCII, each with its NUL, none of them empty. */
const TEXTS = /^(?:[\x20-\x7e]+\0)+$/;

/** Guesses as dtc does: texts, else cells, else bytes. */
export function guessValue(value: Uint8Array): GuessedValue {
  if (value.length === 0) return { kind: 'empty' };
  const text = new TextDecoder('latin1').decode(value);
  if (TEXTS.test(text)) return { kind: 'texts', texts: text.split('\0').slice(0, -1) };
  return value.length % 4 === 0
    ? { kind: 'cells', cells: readCells(value) }
    : { kind: 'bytes', bytes: value };
}
