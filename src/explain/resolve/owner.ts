import { cpusOf } from '../../formats/cell/resources.ts';
import type { Party } from '../../checks/cell/scene.ts';
import type { Explanation } from '../types.ts';
import { partiesOf, type Machine } from './machine.ts';

/** Whose line it is, or why nobody among those who are given. */
export type OwnerAnswer = { party: Party } | { party: null; why: string | null };

const nobody = (why: string | null): OwnerAnswer => ({ party: null, why });

const titles = (parties: readonly Party[]): string => parties.map(({ title }) => title).join(', ');

/** The one whose CPU it is: a cell takes its CPUs from the root cell. */
function byCpu({ scene: { root, cells } }: Machine, cpu: number): Party | null {
  const has = (party: Party): boolean => cpusOf(party.description).includes(cpu);
  return cells.find(has) ?? (root !== null && has(root) ? root : null);
}

/** By the name in the line, else by the CPU, else the only one that it can be. */
export function ownerOf(machine: Machine, { owner, printer, values }: Explanation): OwnerAnswer {
  const { root, cells } = machine.scene;
  const name = owner?.cell ?? values.cell ?? null;
  if (name !== null) {
    const parties = partiesOf(machine);
    const party = parties.find((each) => each.name === name);
    if (party !== undefined) return { party };
    if (parties.length === 0) return nobody(null);
    return nobody(
      owner?.isRoot === true && root === null
        ? `it is the root cell "${name}", whose config was not given: add --system`
        : `it is of "${name}", and the files that were given are of ${titles(parties)}`,
    );
  }
  if (owner?.isRoot === true || printer === 'root') return root ? { party: root } : nobody(null);
  const cpu = values.cpu === undefined ? null : byCpu(machine, Number(values.cpu));
  if (cpu !== null) return { party: cpu };
  const [only, ...others] = cells;
  if (only !== undefined && others.length === 0) return { party: only };
  return only === undefined && root !== null ? { party: root } : nobody(null);
}
