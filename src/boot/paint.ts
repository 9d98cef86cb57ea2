import { byStart, endOf, intersection, rangeTo, type AddressRange } from '../base/ranges.ts';

/** Something that covers a range of addresses, and what was there before. */
export interface Layer<T> {
  range: AddressRange;
  of: T;
}

/** A part of a layer that nothing covers; it begins `offset` bytes behind the layer's start. */
export interface Piece<T> extends Layer<T> {
  offset: bigint;
}

/** What is seen of layers that are put on one another, the later over the earlier: disjoint pieces, by address. */
export function painted<T>(layers: readonly Layer<T>[]): Piece<T>[] {
  let pieces: Piece<T>[] = [];
  for (const { range, of } of layers) {
    if (range.size === 0n) continue;
    pieces = [...pieces.flatMap((piece) => without(piece, range)), { range, of, offset: 0n }];
  }
  return pieces.toSorted((a, b) => byStart(a.range, b.range));
}

/** The parts of a piece in front of and behind `cover`. */
function without<T>(piece: Piece<T>, cover: AddressRange): Piece<T>[] {
  const shared = intersection(piece.range, cover);
  if (shared === null) return [piece];
  const { range, of, offset } = piece;
  return [rangeTo(range.start, shared.start), rangeTo(endOf(shared), endOf(range))]
    .filter(({ size }) => size > 0n)
    .map((part) => ({ range: part, of, offset: offset + part.start - range.start }));
}
