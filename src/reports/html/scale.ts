import { PAGE_SIZE, pageAlign } from '../../base/address.ts';
import { endOf, joined, rangeTo, type AddressRange } from '../../base/ranges.ts';

/** A length on paper, to a hundredth; what is too large for a `number` keeps its proportion. */
export const scaled = (part: bigint, whole: bigint, length: number): number =>
  whole === 0n ? 0 : (Number((part * 1_000_000n) / whole) / 1_000_000) * length;

/** With one digit after the point at most. */
export const decimal = (value: number): string => String(Math.round(value * 10) / 10);

const MOST_HOLES = 8;

/** The ranges as stretches to draw: holes that would take most of the room are left out. */
export function drawnStretches(ranges: readonly AddressRange[]): AddressRange[] {
  const pieces = joined(ranges);
  const covered = pieces.reduce((sum, { size }) => sum + size, 0n);
  const holes = pieces.slice(1).map((piece, index) => ({ index, size: piece.start - endOf(pieces[index]!) }));
  const large = holes
    .filter(({ size }) => size > covered / 8n)
    .toSorted((a, b) => (a.size > b.size ? -1 : 1));
  const cuts = new Set(large.slice(0, MOST_HOLES).map(({ index }) => index));
  const stretches: AddressRange[] = [];
  for (const [index, piece] of pieces.entries()) {
    const last = stretches.at(-1);
    if (last === undefined || cuts.has(index - 1)) stretches.push({ ...piece });
    else last.size = endOf(piece) - last.start;
  }
  return stretches;
}

/** `, enlarged 23 times`; nothing where that is hardly more than once. */
export function enlargedText(factor: number): string {
  if (factor < 1.5) return '';
  const step = 10 ** Math.max(0, Math.floor(Math.log10(factor)) - 1);
  const times = factor < 10 ? decimal(factor) : Math.round(factor / step) * step;
  return `, enlarged ${times} times`;
}

const pageBelow = (address: bigint): bigint => address & -PAGE_SIZE;

/** A window of whole pages around a range, with an eighth of it on both sides, inside of `outer`. */
export function windowAround(range: AddressRange, outer: AddressRange): AddressRange {
  const margin = range.size / 8n;
  const start = pageBelow(range.start > margin ? range.start - margin : 0n);
  const end = pageAlign(endOf(range) + margin);
  return rangeTo(start > outer.start ? start : outer.start, end < endOf(outer) ? end : endOf(outer));
}
