import type { CellDescription } from '../../formats/cell/types.ts';
import { bitRuns, describeRuns, numbersIn } from '../../base/runs.ts';

/** The numbers of the CPUs in a cell's set, ascending. */
export const cpusOf = ({ cpus }: CellDescription): number[] => numbersIn(bitRuns(cpus, 1));

/** `2-3, 5` from ascending numbers. */
export function runsText(numbers: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return describeRuns(runs);
}
