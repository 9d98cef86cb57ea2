import {
  describeRange,
  intersection,
  joined,
  overlaps,
  overlapsBetween,
  overlapsWithin,
  uncovered,
} from '../../../base/ranges.ts';
import { isLoadable, isRam, isRootShared, virtualRange } from '../../../formats/cell/memory.ts';
import { regionName } from '../../../formats/cell/origins.ts';
import { placedRegions, regionText, type PlacedRegion } from '../ranges.ts';
import { describeNumbers } from '../../../base/runs.ts';
import { interceptedResources } from '../resources.ts';
import { againstRoot, betweenCells, each, type Breach, type CellRule } from '../rule.ts';
import type { Party } from '../scene.ts';

/** Each region that others overlap, with those: one wrong size is one finding. All by their places in the config. */
function crowds(pairs: readonly (readonly [PlacedRegion, PlacedRegion])[]): [PlacedRegion, PlacedRegion[]][] {
  const others = new Map<PlacedRegion, PlacedRegion[]>();
  for (const [wide, other] of pairs) others.set(wide, [...(others.get(wide) ?? []), other]);
  return [...others];
}

/** What is wrong with a region and those that it meets: of a single one, the later has to move. */
function meeting(wide: PlacedRegion, others: readonly PlacedRegion[], party: Party, verdict: string): Breach {
  const [first, ...more] = others;
  const [one, other] = first!.index < wide.index ? [first!, wide] : [wide, first!];
  if (more.length === 0) {
    return {
      at: [other.index],
      message: `${party.title}: ${regionText(one)} and ${regionText(other)} ${verdict}`,
      requested: `${regionName(party.description, other.index, 'region')} apart from ${describeRange(one.range)}`,
      actual: describeRange(other.range),
    };
  }
  const indices = others.map(({ index }) => index);
  const names = party.description.origins
    ? [...new Set(others.map(({ name }) => name))].join(', ')
    : `the regions ${describeNumbers(indices)}`;
  return {
    at: [wide.index],
    message: `${party.title}: ${regionText(wide)} and ${others.length} other memory regions ${verdict}`,
    requested: `${names} apart from ${describeRange(wide.range)}`,
    actual: `${others.length} of them overlap it`,
    detail: others.map(regionText).join('\n'),
  };
}

const sameGuestMemory = ({ region: a }: PlacedRegion, { region: b }: PlacedRegion): boolean =>
  overlaps(virtualRange(a), virtualRange(b));

const isPrivate = ({ region }: PlacedRegion): boolean => !isRootShared(region);

const physical = (party: Party): PlacedRegion[] => placedRegions(party, 'phys_start');

export const MEMORY_RULES: readonly CellRule[] = [
  {
    id: 'cell/memory-overlap',
    item: 'memoryRegions',
    severity: 'error',
    symptom: 'the later region hides the earlier one, so the guest sees other memory there',
    fix: "correct .virt_start or .size, so that the cell's regions do not overlap",
    find: each(function* (party) {
      for (const [wide, others] of crowds(overlapsWithin(placedRegions(party, 'virt_start')))) {
        yield meeting(wide, others, party, 'overlap at their guest addresses');
      }
    }),
  },
  {
    id: 'cell/memory-alias',
    item: 'memoryRegions',
    severity: 'warning',
    symptom: 'what the guest writes through one region changes the other',
    fix: 'correct .phys_start or .size, unless the cell is meant to see that memory twice',
    find: each(function* (party) {
      // What overlaps for the guest as well is no second view of that memory.
      const pairs = overlapsWithin(physical(party)).filter(([one, other]) => !sameGuestMemory(one, other));
      for (const [wide, others] of crowds(pairs)) {
        yield meeting(wide, others, party, 'are the same physical memory');
      }
    }),
  },
  {
    id: 'cell/hypervisor-memory',
    item: 'memoryRegions',
    severity: 'error',
    after: ['system/architecture'],
    symptom: 'the cell can read and overwrite the hypervisor',
    fix: "move the region, or the system config's .hypervisor_memory",
    find: each(function* (party, { system }) {
      if (!system) return;
      const { phys_start: start, size } = system.hypervisorMemory;
      const hypervisor = { start, size };
      for (const item of physical(party)) {
        if (!overlaps(item.range, hypervisor)) continue;
        yield {
          at: [item.index],
          message: `${party.title}: ${regionText(item)} overlaps the hypervisor's memory (${describeRange(hypervisor)})`,
          requested: `physical memory outside of ${describeRange(hypervisor)}`,
          actual: describeRange(item.range),
        };
      }
    }),
  },
  {
    id: 'cell/intercepted',
    item: 'memoryRegions',
    severity: 'error',
    after: ['system/architecture'],
    symptom: 'the cell can use the device without the hypervisor, and so reach the other cells',
    fix: 'leave the device out of the region; the hypervisor gives cells the access that they are allowed',
    find: each(function* (party, { system }) {
      if (!system) return;
      const resources = interceptedResources(system);
      for (const item of physical(party)) {
        for (const { name, range, severity } of resources) {
          if (!overlaps(item.range, range)) continue;
          yield {
            severity,
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
    find: againstRoot(function* (cell, root) {
      const owned = joined(physical(root).map(({ range }) => range));
      for (const item of physical(cell)) {
        const gaps = uncovered(item.range, owned);
        if (gaps.length === 0) continue;
        const isMemory = isRam(item.region) || isLoadable(item.region);
        yield {
          // A device that the root cell never had does no harm to it.
          severity: isMemory ? 'error' : 'warning',
          at: [item.index],
          message: `${cell.title}: ${regionText(item)} is not entirely in the memory of ${root.title}`,
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
    comparesCells: true,
    find: betweenCells(function* (one, other) {
      const privateOnes = physical(one).filter(isPrivate);
      const privateOthers = physical(other).filter(isPrivate);
      const shared: [PlacedRegion, PlacedRegion][] = [
        ...overlapsBetween(privateOnes, physical(other)),
        ...overlapsBetween(
          physical(one).filter((item) => !isPrivate(item)),
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

function whoShares(a: PlacedRegion, b: PlacedRegion, one: Party, other: Party): string {
  if (isPrivate(a) && isPrivate(b)) return 'neither region has ROOTSHARED';
  return `only the region of ${isPrivate(a) ? other.title : one.title} has ROOTSHARED`;
}
