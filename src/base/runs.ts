/** First and last of a run of whole numbers. */
export type Run = readonly [first: number, last: number];

/** Bit n of byte n / 8 stands for n; runs of the bits that are `wanted`. */
export function bitRuns(bitmap: Uint8Array, wanted: 0 | 1): Run[] {
  const runs: Run[] = [];
  const full = wanted === 1 ? 0xff : 0;
  const none = 0xff - full;
  let start: number | null = null;
  for (let index = 0; index < bitmap.length; index++) {
    const byte = bitmap[index]!;
    if (byte === full && start !== null) continue;
    if (byte === none && start === null) continue;
    for (let bit = 0; bit < 8; bit++) {
      const number = index * 8 + bit;
      if (((byte >> bit) & 1) === wanted) {
        start ??= number;
      } else if (start !== null) {
        runs.push([start, number - 1]);
        start = null;
      }
    }
  }
  if (start !== null) runs.push([start, bitmap.length * 8 - 1]);
  return runs;
}

/** The runs of ascending numbers. */
function runsOf(numbers: readonly number[]): Run[] {
  const runs: [first: number, last: number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs;
}

/** `2-3,5`; an empty text for none. */
export const describeRuns = (runs: readonly Run[], format: (value: number) => string = String): string =>
  runs
    .map(([first, last]) => (first === last ? format(first) : `${format(first)}-${format(last)}`))
    .join(',');

/** Ascending numbers as `2-3,5`. */
export const describeNumbers = (numbers: readonly number[]): string => describeRuns(runsOf(numbers));

export const numbersIn = (runs: readonly Run[]): number[] =>
  runs.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
