import { plural } from '../base/text.ts';
import { describeNumbers } from '../base/runs.ts';
import { cpusOf } from '../formats/cell/resources.ts';
import { childNamed, propertyOf } from '../formats/dtb/edit.ts';
import type { DeviceTree, DtbNode } from '../formats/dtb/types.ts';
import { readText } from '../formats/dtb/values.ts';
import type { Wish } from '../manifest/wish/parse.ts';
import type { Findings } from './findings.ts';
import type { MachineState } from './request.ts';

/** The board's CPUs in the order in which Linux and Jailhouse count them. */
export const boardCpus = ({ root }: DeviceTree): DtbNode[] =>
  (childNamed(root, 'cpus')?.children ?? []).filter(
    (node) =>
      readText(propertyOf(node, 'device_type')) === 'cpu' &&
      !readText(propertyOf(node, 'status'))?.startsWith('fail'),
  );

/** CPUs that can be given away, ascending, and what becomes of the others. */
interface FreeCpus {
  free: readonly number[];
  /** The root cell's, as far as the board has them. */
  root: readonly number[];
}

/** The root cell keeps CPU 0, or else its first: Linux there cannot go without. */
export function freeCpus({ system, facts, cells }: MachineState): FreeCpus {
  const count = facts.board === null ? Infinity : boardCpus(facts.board).length || Infinity;
  const root = cpusOf(system.rootCell).filter((cpu) => cpu < count);
  const taken = new Set(cells.flatMap(cpusOf));
  const left = root.filter((cpu) => !taken.has(cpu));
  const kept = left.includes(0) ? 0 : left[0];
  return { free: left.filter((cpu) => cpu !== kept), root };
}

/** The last `count` in a row; the last of all where there is no such row. */
function lastInRow(free: readonly number[], count: number): number[] {
  for (let end = free.length; end >= count; end--) {
    const row = free.slice(end - count, end);
    const [first = 0, last = 0] = [row[0], row.at(-1)];
    if (last - first === count - 1) return row;
  }
  return free.slice(-count);
}

const numbers = (cpus: readonly number[]): string => (cpus.length === 0 ? 'none' : describeNumbers(cpus));

/** The cell's CPUs; `null` if they cannot be had. */
export function chooseCpus({ cpus }: Wish, machine: MachineState, findings: Findings): number[] | null {
  const { free, root } = freeCpus(machine);
  const more = {
    requested: 'set' in cpus ? `CPUs ${numbers(cpus.set)}` : plural(cpus.count, 'CPU'),
    actual: `free: ${numbers(free)}; the root cell has ${numbers(root)} and keeps one`,
  };
  if ('set' in cpus) {
    const taken = new Set(machine.cells.flatMap(cpusOf));
    const refused = cpus.set.filter((cpu) => !root.includes(cpu) || taken.has(cpu));
    const leavesOne = root.some((cpu) => !cpus.set.includes(cpu) && !taken.has(cpu));
    const isFirst = cpus.set.includes(0);
    if (refused.length === 0 && leavesOne && !isFirst) {
      findings.choose('cpus', numbers(cpus.set), 'as the wish has it');
      return cpus.set;
    }
    const message =
      refused.length > 0
        ? `the cell cannot have CPU ${numbers(refused)}: ${refused.every((cpu) => root.includes(cpu)) ? 'another cell has it' : 'the root cell does not have it to give'}`
        : isFirst
          ? 'the cell cannot have CPU 0: the root cell’s Linux boots on it'
          : 'the cell would take the root cell’s last CPU';
    findings.ask('cpus', ['cpus'], message, `choose some of ${numbers(free)}`, more);
    return null;
  }
  if (cpus.count > free.length) {
    const message = `the wish is for ${plural(cpus.count, 'CPU')}, and ${free.length === 0 ? 'none' : free.length} can be given away`;
    const fix = free.length === 0 ? 'take a CPU from another cell' : `ask for at most ${free.length}`;
    findings.ask('cpus', ['cpus'], message, fix, more);
    return null;
  }
  const chosen = lastInRow(free, cpus.count);
  findings.choose('cpus', numbers(chosen), 'the last free ones in a row');
  return chosen;
}
