const GIVEN = process.env['TEST_RUNS'] ?? '200';
if (!/^[1-9]\d*$/.test(GIVEN)) throw new Error(`TEST_RUNS=${GIVEN} is not a number of runs`);

/** How many cases each property and each loop of mutations tries. */
export const RUNS = Number(GIVEN);

/** For cases that take long: one in `n` of these. */
export const oneIn = (n: number): number => Math.ceil(RUNS / n);

/** Places in `length` bytes: all, or `count` of them, evenly spread from a random start. */
export function somePlaces(length: number, count = RUNS): number[] {
  const step = Math.max(1, length / count);
  const start = Math.random() * (step - 1);
  return Array.from({ length: Math.min(length, count) }, (_, index) => Math.floor(start + index * step));
}
