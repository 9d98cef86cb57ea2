import {
  type AddressRange,
  describeRange,
  intersection,
  joined,
  overlaps,
  overlapsBetween,
  uncovered,
} from '../../../base/ranges.ts';
import { isLoadable, isRam, isRootShared } from '../../../formats/cell/memory.ts';
import type { SystemConfig } from '../../../formats/cell/types.ts';
import { physicalRegions, regionText, type PlacedRegion } from '../ranges.ts';
import { folded } from '../region-groups.ts';
import { interceptedResources, PCI_MMCONFIG } from '../resources.ts';
import { againstRoot, betweenCells, each, type CellRule } from '../rule.ts';
import type { Party } from '../scene.ts';

function hypervisorRange(system: SystemConfig | null): AddressRange | null {
  if (system === null) return null;
  const { phys_start: start, size } = system.hypervisorMemory;
  return { start, size };
}

const isPrivate = ({ region }: PlacedRegion): boolean => !isRootShared(region);

function whoShares(a: PlacedRegion, b: PlacedRegion, one: Party, other: Party): string {
  if (isPrivate(a) && isPrivate(b)) return 'neither region has ROOTSHARED';
  return `only the region of ${isPrivate(a) ? other.title : one.title} has ROOTSHARED`;
}

/** A cell's memory against the machine's, and against the other cells'. */
export const MACHINE_MEMORY_RULES: readonly CellRule[] = [
  {
    id: 'cell/hypervisor-memory',
    needs: ['system'],
    item: 'memoryRegions',
    severity: 'error',
    after: ['system/architecture'],
    symptom: 'the cell can read and overwrite the hypervisor',
    fix: "move the region, or the system config's .hypervisor_memory",
    source: 'Jailhouse, hypervisor/setup.c; users’ mails',
    find: each(function* (party, { system, cells }) {
      const hypervisor = hypervisorRange(system);
      if (hypervisor === null) return;
      const insideOf = (one: Party): PlacedRegion[] =>
        physicalRegions(one).filter(({ range }) => overlaps(range, hypervisor));
      // What the root cell shares with a cell there is told once, with the cell.
      const told = party.index === null ? joined(cells.flatMap(insideOf).map(({ range }) => range)) : [];
      const inside = insideOf(party).filter(({ range }) => uncovered(range, told).length > 0);
      if (inside.length === 0) return;
      yield {
        ...folded(
          inside,
          party,
          (many) => `${many ? 'overlap' : 'overlaps'} the hypervisor's memory (${describeRange(hypervisor)})`,
        ),
        requested: `physical memory outside of ${describeRange(hypervisor)}`,
        actual: joined(inside.map(({ range }) => range))
          .map(describeRange)
          .join(', '),
      };
    }),
  },
  {
    id: 'cell/intercepted',
    needs: ['system'],
    item: 'memoryRegions',
    severity: 'error',
    after: ['system/architecture'],
    symptom: 'the cell can use the device without the hypervisor, and so reach the other cells',
    fix: 'leave the device out of the region; the hypervisor gives cells the access that they are allowed',
    source: 'Jailhouse 0.12, tools/jailhouse-config-check; hypervisor/arch/arm-common/irqchip.c',
    find: each(function* (party, { system, root }) {
      if (!system) return;
      const resources = interceptedResources(system);
      const ofRoot = root && party !== root ? physicalRegions(root) : [];
      // Where the root cell has all of PCI for itself, the cells share it: that machine was made so.
      const isOpen = (name: string, range: AddressRange): boolean =>
        name === PCI_MMCONFIG && ofRoot.some((other) => overlaps(other.range, range));
      for (const item of physicalRegions(party)) {
        for (const { name, range, severity } of resources) {
          if (!overlaps(item.range, range)) continue;
          yield {
            severity: isOpen(name, range) ? 'warning' : severity,
            at: [item.index],
            message: `${party.title}: ${regionText(item)} maps the ${name} (${describeRange(range)}), which the hypervisor must intercept`,
            requested: `no memory region at ${describeRange(range)}`,
            actual: describeRange(item.range),
          };
        }
      }
    }),
  },
  {
    id: 'cell/memory-outside-root',
    item: 'memoryRegions',
    severity: 'error',
    after: ['system/architecture'],
    symptom: 'the cell uses memory that is not reserved for it, or that does not exist',
    fix: "correct .phys_start or .size, or add the memory to the root cell's regions",
    source: 'Jailhouse, hypervisor/control.c; Jailhouse 0.12, tools/jailhouse-config-check',
    find: againstRoot(function* (cell, root, { system }) {
      const hypervisor = hypervisorRange(system);
      // What is inside the hypervisor's memory has a rule of its own.
      const owned = joined([
        ...physicalRegions(root).map(({ range }) => range),
        ...(hypervisor ? [hypervisor] : []),
      ]);
      const outside = physicalRegions(cell).filter(({ range }) => uncovered(range, owned).length > 0);
      const isMemory = ({ region }: PlacedRegion): boolean => isRam(region) || isLoadable(region);
      for (const severity of ['error', 'warning'] as const) {
        // A device that the root cell never had does no harm to it.
        const items = outside.filter((item) => isMemory(item) === (severity === 'error'));
        if (items.length === 0) continue;
        const gaps = joined(items.flatMap(({ range }) => uncovered(range, owned)));
        yield {
          ...folded(
            items,
            cell,
            (many) => `${many ? 'are' : 'is'} not entirely in the memory of ${root.title}`,
          ),
          severity,
          requested: `physical memory of ${root.title}`,
          actual: `not owned: ${gaps.map(describeRange).join(', ')}`,
        };
      }
    }),
  },
  {
    id: 'cell/memory-shared',
    item: 'memoryRegions',
    severity: 'error',
    symptom: "each of the two cells can read and overwrite the other's memory",
    fix: 'move one region, or flag both JAILHOUSE_MEM_ROOTSHARED if the memory is meant to be shared',
    source: 'Jailhouse, hypervisor/control.c',
    comparesCells: true,
    find: betweenCells(function* (one, other) {
      const privateOnes = physicalRegions(one).filter(isPrivate);
      const privateOthers = physicalRegions(other).filter(isPrivate);
      const shared: [PlacedRegion, PlacedRegion][] = [
        ...overlapsBetween(privateOnes, physicalRegions(other)),
        ...overlapsBetween(
          physicalRegions(one).filter((item) => !isPrivate(item)),
          privateOthers,
        ),
      ];
      for (const [a, b] of shared) {
        yield {
          at: [a.index, b.index],
          message: `${one.title} and ${other.title} use the same physical memory: ${regionText(a)} and ${regionText(b)}`,
          requested: `separate memory for each, or both regions with ROOTSHARED`,
          actual: `${whoShares(a, b, one, other)}; both have ${describeRange(intersection(a.range, b.range)!)}`,
        };
      }
    }),
  },
];
