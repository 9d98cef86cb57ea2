import { hex } from '../base/address.ts';
import type { NamedFlags } from '../formats/cell/names.ts';
import { describeRuns, type Run } from '../base/runs.ts';

/** The names, then the bits without one in hex; `none` for 0. */
export const flagWords = ({ names, unknown }: NamedFlags): string =>
  [...names, ...(unknown === 0n ? [] : [`unknown ${hex(unknown)}`])].join(' ') || 'none';

/** Ascending numbers as `2-3,5`. */
export function runsOf(numbers: readonly number[]): string {
  const runs: Run[] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === number - 1) runs[runs.length - 1] = [last[0], number];
    else runs.push([number, number]);
  }
  return describeRuns(runs);
}
