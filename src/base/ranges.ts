import { hex } from './address.ts';

/** A half-open range of addresses. */
export interface AddressRange {
  start: bigint;
  size: bigint;
}

export const endOf = (range: AddressRange): bigint => range.start + range.size;

/** From `start` to `end`, which is the first address after the range. */
export const rangeTo = (start: bigint, end: bigint): AddressRange => ({ start, size: end - start });

/** `0x1000..0x2000`; the second is the first address after the range. */
export const describeRange = (range: AddressRange): string => `${hex(range.start)}..${hex(endOf(range))}`;

export const contains = (outer: AddressRange, inner: AddressRange): boolean =>
  outer.start <= inner.start && endOf(inner) <= endOf(outer);

/** Whether the address lies in the range; no address lies in an empty one. */
export const holds = (range: AddressRange, address: bigint): boolean =>
  range.start <= address && address < endOf(range);

/** What both ranges cover; `null` if they only touch, or one is empty. */
export function intersection(a: AddressRange, b: AddressRange): AddressRange | null {
  const start = a.start > b.start ? a.start : b.start;
  const end = endOf(a) < endOf(b) ? endOf(a) : endOf(b);
  return start < end ? rangeTo(start, end) : null;
}

export const overlaps = (a: AddressRange, b: AddressRange): boolean => intersection(a, b) !== null;

/** The smallest range that covers both. */
export function span(a: AddressRange, b: AddressRange): AddressRange {
  const start = a.start < b.start ? a.start : b.start;
  const end = endOf(a) > endOf(b) ? endOf(a) : endOf(b);
  return rangeTo(start, end);
}

export const byStart = (a: AddressRange, b: AddressRange): number =>
  a.start < b.start ? -1 : a.start > b.start ? 1 : 0;

const sorted = <T extends { range: AddressRange }>(items: readonly T[]): T[] =>
  items.toSorted((a, b) => byStart(a.range, b.range));

/** Overlaps in one list: each item with the one in front of it that reaches furthest, so at most one for each item. */
export function overlapsWithin<T extends { range: AddressRange }>(items: readonly T[]): [T, T][] {
  const [first, ...others] = sorted(items);
  const found: [T, T][] = [];
  let furthest = first;
  for (const item of others) {
    if (overlaps(furthest!.range, item.range)) found.push([furthest!, item]);
    if (endOf(item.range) > endOf(furthest!.range)) furthest = item;
  }
  return found;
}

/** Overlaps of one list with another, neither of which overlaps itself (else a part of them). */
export function overlapsBetween<T extends { range: AddressRange }, U extends { range: AddressRange }>(
  ones: readonly T[],
  others: readonly U[],
): [T, U][] {
  const a = sorted(ones);
  const b = sorted(others);
  const found: [T, U][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [one, other] = [a[i]!, b[j]!];
    if (overlaps(one.range, other.range)) found.push([one, other]);
    if (endOf(one.range) < endOf(other.range)) i++;
    else j++;
  }
  return found;
}

/** The ranges sorted, with touching and overlapping ones joined. */
export function joined(ranges: readonly AddressRange[]): AddressRange[] {
  const result: AddressRange[] = [];
  for (const range of ranges.toSorted(byStart)) {
    const last = result.at(-1);
    if (last && range.start <= endOf(last)) {
      if (endOf(range) > endOf(last)) last.size = endOf(range) - last.start;
    } else {
      result.push({ ...range });
    }
  }
  return result;
}

/** The parts of `wanted` that no range of `available` covers; `available` is sorted and does not overlap. */
export function uncovered(wanted: AddressRange, available: readonly AddressRange[]): AddressRange[] {
  const gaps: AddressRange[] = [];
  let at = wanted.start;
  for (const range of available) {
    if (endOf(range) <= at) continue;
    if (range.start >= endOf(wanted)) break;
    if (range.start > at) gaps.push(rangeTo(at, range.start));
    at = endOf(range);
  }
  if (at < endOf(wanted)) gaps.push(rangeTo(at, endOf(wanted)));
  return gaps;
}

/** `ranges` without what `cuts` cover. */
export function without(ranges: readonly AddressRange[], cuts: readonly AddressRange[]): AddressRange[] {
  const available = joined(cuts);
  return ranges.flatMap((range) => uncovered(range, available));
}

/** What both lists cover, joined. */
export const commonTo = (ones: readonly AddressRange[], others: readonly AddressRange[]): AddressRange[] =>
  joined(
    ones.flatMap((one) => others.map((other) => intersection(one, other)).filter((both) => both !== null)),
  );
