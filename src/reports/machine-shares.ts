import { byStart, endOf, joined, type AddressRange } from '../base/ranges.ts';
import { sharedRegions } from '../checks/cell/shmem.ts';
import { isCommRegion, isDevice } from '../formats/cell/memory.ts';
import type { CellConfig, CellDescription, SystemConfig } from '../formats/cell/types.ts';

/** A machine that is shared out; `null`: only the cell is known. */
export interface SharedOut {
  system: SystemConfig | null;
  cells: readonly CellConfig[];
}

/** Somebody who has memory of a machine. */
export interface User {
  role: 'root' | 'hypervisor' | 'links' | 'cell';
  /** What pictures mark its memory with. */
  letter: string;
  name: string;
  description: CellDescription | null;
  /** In the machine's addresses: RAM, without devices; of the root cell also what it gives away. */
  memory: readonly AddressRange[];
}

/** A cell's name, whatever it holds: one that Jailhouse would refuse is shown, too. */
export const shownName = ({ header }: CellDescription): string =>
  new TextDecoder().decode(header.name).split('\0', 1)[0] || 'a cell without a name';

const CELL_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const LETTERS = { root: '.', hypervisor: 'H', links: '=' } as const;

/** What a cell has as RAM, without its devices and links. */
function ramOf(description: CellDescription): AddressRange[] {
  const shared = sharedRegions(description);
  const own = description.memoryRegions.filter(
    (region, index) => !shared.has(index) && region.size > 0n && !isDevice(region) && !isCommRegion(region),
  );
  return joined(own.map(({ phys_start: start, size }) => ({ start, size })));
}

const linksOf = (descriptions: readonly CellDescription[]): AddressRange[] =>
  joined(
    descriptions.flatMap((description) =>
      [...sharedRegions(description)].flatMap((index) => {
        const { phys_start: start, size = 0n } = description.memoryRegions[index] ?? {};
        return start === undefined || size === 0n ? [] : [{ start, size }];
      }),
    ),
  );

/** Who has memory of a machine: the root cell, the hypervisor, the links between cells, then each cell. */
export function usersOf({ system, cells }: SharedOut): User[] {
  const { rootCell, hypervisorMemory } = system ?? {};
  const root: User[] =
    rootCell && hypervisorMemory
      ? [
          { role: 'root', name: 'root cell', description: rootCell, memory: ramOf(rootCell) },
          {
            role: 'hypervisor',
            name: 'hypervisor',
            description: null,
            memory: [{ start: hypervisorMemory.phys_start, size: hypervisorMemory.size }],
          },
        ].map((user) => ({ ...user, letter: LETTERS[user.role as keyof typeof LETTERS] }) as User)
      : [];
  const links = linksOf([...(rootCell ? [rootCell] : []), ...cells]);
  return [
    ...root,
    { role: 'links' as const, letter: LETTERS.links, name: 'links', description: null, memory: links },
    ...cells.map((cell, index) => ({
      role: 'cell' as const,
      letter: CELL_LETTERS[index] ?? '?',
      name: shownName(cell),
      description: cell,
      memory: ramOf(cell),
    })),
  ].filter(({ description, memory }) => description !== null || memory.length > 0);
}

/** Stretches of addresses with no hole in them that is larger than `hole`. */
export function stretchesOf(ranges: readonly AddressRange[], hole: bigint): AddressRange[] {
  const stretches: AddressRange[] = [];
  for (const range of joined(ranges).toSorted(byStart)) {
    const last = stretches.at(-1);
    if (last !== undefined && range.start - endOf(last) <= hole) last.size = endOf(range) - last.start;
    else stretches.push({ ...range });
  }
  return stretches;
}
