import { hex, PAGE_SIZE } from '../../../base/address.ts';
import {
  type AddressRange,
  describeRange,
  intersection,
  joined,
  overlaps,
  overlapsBetween,
  overlapsWithin,
  uncovered,
} from '../../../base/ranges.ts';
import {
  isCommRegion,
  isDevice,
  isLoadable,
  isPhysicallyOffPage,
  isRam,
  isRootShared,
  isSameMapping,
  isSubPage,
  virtualRange,
} from '../../../formats/cell/memory.ts';
import type { SystemConfig } from '../../../formats/cell/types.ts';
import { ivshmemDevices } from '../shmem.ts';
import { regionName } from '../../../formats/cell/origins.ts';
import { placedRegions, regionText, type PlacedRegion } from '../ranges.ts';
import { describeNumbers } from '../../../base/runs.ts';
import { interceptedResources, PCI_MMCONFIG } from '../resources.ts';
import { againstRoot, betweenCells, each, type Breach, type CellRule } from '../rule.ts';
import type { Party } from '../scene.ts';

type Pair = readonly [PlacedRegion, PlacedRegion];

/** Regions that meet, directly or through others: one wrong size is one finding. The one that most others meet is first. */
function crowds(pairs: readonly Pair[]): PlacedRegion[][] {
  const groups = new Map<PlacedRegion, Set<PlacedRegion>>();
  const meetings = new Map<PlacedRegion, number>();
  for (const pair of pairs) {
    const [one, other] = pair.map((item) => groups.get(item) ?? new Set([item])) as [
      Set<PlacedRegion>,
      Set<PlacedRegion>,
    ];
    const together = new Set([...one, ...other]);
    for (const item of together) groups.set(item, together);
    for (const item of pair) meetings.set(item, (meetings.get(item) ?? 0) + 1);
  }
  const byMeetings = (a: PlacedRegion, b: PlacedRegion): number => meetings.get(b)! - meetings.get(a)!;
  return [...new Set(groups.values())].map((group) => [...group].toSorted(byMeetings));
}

/** `the regions 3-5,7`, or as the description names them. */
function namesOf(items: readonly PlacedRegion[], { description }: Party): string {
  if (description.origins) return [...new Set(items.map(({ name }) => name))].join(', ');
  return `the regions ${describeNumbers(items.map(({ index }) => index).toSorted((a, b) => a - b))}`;
}

/** What is wrong with regions that meet: of two, the later has to move. */
function meeting([wide, ...others]: readonly PlacedRegion[], party: Party, verdict: string): Breach {
  const [first, ...more] = others;
  const [one, other] = first!.index < wide!.index ? [first!, wide!] : [wide!, first!];
  if (more.length === 0) {
    return {
      at: [other.index],
      message: `${party.title}: ${regionText(one)} and ${regionText(other)} ${verdict}`,
      requested: `${regionName(party.description, other.index, 'region')} apart from ${describeRange(one.range)}`,
      actual: describeRange(other.range),
    };
  }
  return {
    at: [wide!.index],
    message: `${party.title}: ${regionText(wide!)} and ${others.length} other memory regions ${verdict}`,
    requested: `${namesOf(others, party)} apart from ${describeRange(wide!.range)}`,
    actual: `${others.length} of them overlap it`,
    detail: others.map(regionText).join('\n'),
  };
}

/** One finding for all regions that break a rule in the same way; `what` is told of one, and of several. */
function folded(
  items: readonly PlacedRegion[],
  party: Party,
  what: (plural: boolean) => string,
): Pick<Breach, 'at' | 'message' | 'detail'> {
  const [first, ...more] = items as [PlacedRegion, ...PlacedRegion[]];
  if (more.length === 0) {
    return { at: [first.index], message: `${party.title}: ${regionText(first)} ${what(false)}` };
  }
  return {
    at: [first.index],
    message: `${party.title}: ${items.length} memory regions ${what(true)}: ${namesOf(items, party)}`,
    detail: items.map(regionText).join('\n'),
  };
}

function hypervisorRange(system: SystemConfig | null): AddressRange | null {
  if (system === null) return null;
  const { phys_start: start, size } = system.hypervisorMemory;
  return { start, size };
}

const sameGuestMemory = ({ region: a }: PlacedRegion, { region: b }: PlacedRegion): boolean =>
  overlaps(virtualRange(a), virtualRange(b));

const isPrivate = ({ region }: PlacedRegion): boolean => !isRootShared(region);

const physical = (party: Party): PlacedRegion[] => placedRegions(party, 'phys_start');

const areAlike = ([{ region: a }, { region: b }]: Pair): boolean => isSameMapping(a, b);

/** What a cell shares: sections of ivshmem devices, and regions that it leaves to the root cell as well. */
function sharedRegions(party: Party): PlacedRegion[] {
  const sections = new Set(
    ivshmemDevices(party).flatMap((device) => device.sections.map(({ index }) => index)),
  );
  return physical(party).filter(({ index, region }) => sections.has(index) || isRootShared(region));
}

/** RAM of a cell that the other end of a link writes to. */
function* ramThatIsShared(party: Party): Iterable<Breach> {
  const shared = sharedRegions(party);
  const ram = physical(party).filter(
    (item) => isRam(item.region) || (isLoadable(item.region) && isPrivate(item)),
  );
  for (const item of ram) {
    const met = shared.filter(
      (section) => section.index !== item.index && overlaps(section.range, item.range),
    );
    if (met.length === 0) continue;
    yield {
      ...meeting([item, ...met], party, 'are the same physical memory'),
      at: [item.index],
      severity: 'error',
      symptom:
        'the guest and the other end of the link overwrite each other: it hangs, often before its first message',
      fix: "move the cell's RAM or the shared memory: they must be apart in .phys_start and .size",
    };
  }
}

export const MEMORY_RULES: readonly CellRule[] = [
  {
    id: 'cell/memory-alias',
    item: 'memoryRegions',
    severity: 'warning',
    symptom: 'what the guest writes through one region changes the other',
    fix: 'correct .phys_start or .size, unless the cell is meant to see that memory twice',
    find: each(function* (party) {
      const shared = party.index === null ? [] : [...ramThatIsShared(party)];
      yield* shared;
      const told = new Set(shared.flatMap(({ at }) => at ?? []));
      // What overlaps for the guest as well is no second view of that memory.
      const pairs = overlapsWithin(physical(party)).filter(
        ([one, other]) => !sameGuestMemory(one, other) && !told.has(one.index) && !told.has(other.index),
      );
      for (const group of crowds(pairs)) yield meeting(group, party, 'are the same physical memory');
    }),
  },
  {
    id: 'cell/memory-overlap',
    item: 'memoryRegions',
    severity: 'error',
    symptom: 'the later region hides the earlier one, so the guest sees other memory there',
    fix: "correct .virt_start or .size, so that the cell's regions do not overlap",
    find: each(function* (party) {
      const pairs = overlapsWithin(placedRegions(party, 'virt_start'));
      const alike = crowds(pairs.filter(areAlike));
      if (alike.length > 0) {
        const count = alike.reduce((sum, group) => sum + group.length - 1, 0);
        yield {
          ...(alike.length === 1
            ? meeting(alike[0]!, party, 'overlap, with the same physical memory')
            : {
                at: [alike[0]![0]!.index],
                message: `${party.title}: ${count} memory regions overlap others, with the same physical memory`,
                detail: alike.map((group) => group.map(regionText).join(' and ')).join('\n'),
              }),
          severity: 'warning',
          symptom: 'no other memory is seen there, but the flags of the first of the regions count',
          fix: 'correct .size of the larger region, or leave the smaller one out',
        };
      }
      const unlike = crowds(pairs.filter((pair) => !areAlike(pair)));
      for (const group of unlike) yield meeting(group, party, 'overlap at their guest addresses');
    }),
  },
  {
    id: 'cell/alignment',
    item: 'memoryRegions',
    severity: 'error',
    symptom:
      'no page maps the region: `instruction abort`, `Unhandled data read`, or on x86 `Invalid MMIO/RAM read`',
    fix: 'make .virt_start, .phys_start and .size multiples of 4 KiB',
    find: each(function* (party) {
      const items = placedRegions(party, 'virt_start').filter(({ region }) => !isDevice(region));
      const partial = items.filter(({ region }) => isSubPage(region));
      if (partial.length > 0) {
        yield {
          ...folded(partial, party, (many) =>
            many ? 'do not begin and end with a page' : 'does not begin and end with a page',
          ),
          requested: 'guest addresses and sizes that are multiples of 0x1000',
          actual: `guest address ${hex(partial[0]!.region.virt_start)}, size ${hex(partial[0]!.region.size)}`,
        };
      }
      const shifted = items.filter(
        ({ region }) => !isSubPage(region) && isPhysicallyOffPage(region) && !isCommRegion(region),
      );
      if (shifted.length === 0) return;
      const { phys_start: start } = shifted[0]!.region;
      yield {
        ...folded(shifted, party, (many) =>
          many ? 'do not begin with a physical page' : 'does not begin with a physical page',
        ),
        severity: 'warning',
        requested: 'a physical address that is a multiple of 0x1000',
        actual: hex(start),
        symptom: `the guest sees the page from ${hex(start & -PAGE_SIZE)} on, and not the last bytes of the region`,
      };
    }),
  },
  {
    id: 'cell/hypervisor-memory',
    item: 'memoryRegions',
    severity: 'error',
    after: ['system/architecture'],
    symptom: 'the cell can read and overwrite the hypervisor',
    fix: "move the region, or the system config's .hypervisor_memory",
    find: each(function* (party, { system, cells }) {
      const hypervisor = hypervisorRange(system);
      if (hypervisor === null) return;
      const insideOf = (one: Party): PlacedRegion[] =>
        physical(one).filter(({ range }) => overlaps(range, hypervisor));
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
    item: 'memoryRegions',
    severity: 'error',
    after: ['system/architecture'],
    symptom: 'the cell can use the device without the hypervisor, and so reach the other cells',
    fix: 'leave the device out of the region; the hypervisor gives cells the access that they are allowed',
    find: each(function* (party, { system, root }) {
      if (!system) return;
      const resources = interceptedResources(system);
      const ofRoot = root && party !== root ? physical(root) : [];
      // Where the root cell has all of PCI for itself, the cells share it: that machine was made so.
      const isOpen = (name: string, range: AddressRange): boolean =>
        name === PCI_MMCONFIG && ofRoot.some((other) => overlaps(other.range, range));
      for (const item of physical(party)) {
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
    find: againstRoot(function* (cell, root, { system }) {
      const hypervisor = hypervisorRange(system);
      // What is inside the hypervisor's memory has a rule of its own.
      const owned = joined([
        ...physical(root).map(({ range }) => range),
        ...(hypervisor ? [hypervisor] : []),
      ]);
      const outside = physical(cell).filter(({ range }) => uncovered(range, owned).length > 0);
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
