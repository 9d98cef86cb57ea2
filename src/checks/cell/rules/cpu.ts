import { describeNumbers } from '../../../base/runs.ts';
import { cpusOf } from '../../../formats/cell/resources.ts';
import { againstRoot, betweenCells, eachCell, type CellRule, type Found } from '../rule.ts';
import type { Party, Scene } from '../scene.ts';

const cpuText = (numbers: readonly number[]): string =>
  numbers.length === 0 ? 'no CPU' : `CPU${numbers.length === 1 ? '' : 's'} ${describeNumbers(numbers)}`;

/** Which of the parties together leave the root cell without a CPU: a single one if it does so by itself. */
function* starvedRoot({ root, cells }: Scene): Iterable<Found> {
  if (!root) return;
  const owned = cpusOf(root.description);
  const takes = (parties: readonly Party[]): boolean => {
    const taken = new Set(parties.flatMap(({ description }) => cpusOf(description)));
    return owned.every((cpu) => taken.has(cpu));
  };
  if (owned.length === 0 || !takes(cells)) return;
  const greedy = cells.filter((cell) => takes([cell]));
  for (const of of greedy.length > 0 ? greedy.map((cell) => [cell]) : [cells]) {
    const who = of.map(({ title }) => title).join(', ');
    yield {
      of,
      message: `${who} ${of.length === 1 ? 'takes' : 'take'} all CPUs of ${root.title}`,
      requested: 'at least one CPU left to the root cell',
      actual: `${root.title} has ${cpuText(owned)}; ${of
        .map(({ title, description }) => `${title} takes ${cpuText(cpusOf(description))}`)
        .join(', ')}`,
    };
  }
}

export const CPU_RULES: readonly CellRule[] = [
  {
    id: 'cell/cpu-0',
    only: ['x86'],
    item: 'cpus',
    severity: 'error',
    after: ['system/architecture'],
    symptom: 'JAILHOUSE_CELL_CREATE: Invalid argument',
    fix: 'give the cell other CPUs: Linux in the root cell cannot take CPU 0 offline',
    source: 'Jailhouse 0.11, driver/cell.c',
    find: eachCell(function* ({ title, description }) {
      const cpus = cpusOf(description);
      if (cpus[0] !== 0) return;
      yield {
        message: `${title} takes CPU 0, which stays with the root cell on x86`,
        requested: 'CPUs other than 0',
        actual: cpuText(cpus),
      };
    }),
  },
  {
    id: 'cell/cpus-outside-root',
    item: 'cpus',
    severity: 'error',
    after: ['system/architecture'],
    symptom: 'JAILHOUSE_CELL_CREATE: Device or resource busy',
    fix: "correct the cell's CPU set, or the root cell's",
    source: 'Jailhouse, hypervisor/control.c',
    find: againstRoot(function* (cell, root) {
      const owned = new Set(cpusOf(root.description));
      const foreign = cpusOf(cell.description).filter((cpu) => !owned.has(cpu));
      if (foreign.length === 0) return;
      yield {
        message: `${cell.title} takes ${cpuText(foreign)}, which ${root.title} does not have`,
        ...(owned.size === 0
          ? { requested: 'a root cell that has CPUs', actual: `${root.title} has none` }
          : { requested: `some of ${cpuText([...owned])}`, actual: cpuText(cpusOf(cell.description)) }),
      };
    }),
  },
  {
    id: 'cell/cpus-all',
    needs: ['system'],
    item: 'cpus',
    severity: 'error',
    after: ['system/architecture'],
    symptom: 'JAILHOUSE_CELL_CREATE: Invalid argument',
    fix: 'leave the root cell a CPU',
    source: 'Jailhouse, hypervisor/control.c',
    comparesCells: true,
    find: starvedRoot,
  },
  {
    id: 'cell/cpu-shared',
    item: 'cpus',
    severity: 'error',
    symptom: 'the cell that is created second: JAILHOUSE_CELL_CREATE: Device or resource busy',
    fix: 'give each cell CPUs of its own',
    source: 'Jailhouse, hypervisor/control.c',
    comparesCells: true,
    find: betweenCells(function* (one, other) {
      const [ones, others] = [cpusOf(one.description), cpusOf(other.description)];
      const taken = new Set(others);
      const both = ones.filter((cpu) => taken.has(cpu));
      if (both.length === 0) return;
      yield {
        message: `${one.title} and ${other.title} both take ${cpuText(both)}`,
        requested: 'CPUs of its own for each cell',
        actual: `${one.title} has ${cpuText(ones)}, ${other.title} ${cpuText(others)}`,
      };
    }),
  },
];
