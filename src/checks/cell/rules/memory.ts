import { hex, PAGE_SIZE } from '../../../base/address.ts';
import { overlaps, overlapsWithin } from '../../../base/ranges.ts';
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
import { ivshmemDevices } from '../shmem.ts';
import { physicalRegions, placedRegions, regionText, type PlacedRegion } from '../ranges.ts';
import { crowds, folded, meeting, type Pair } from '../region-groups.ts';
import { each, type Breach, type CellRule } from '../rule.ts';
import type { Party } from '../scene.ts';

const sameGuestMemory = ({ region: a }: PlacedRegion, { region: b }: PlacedRegion): boolean =>
  overlaps(virtualRange(a), virtualRange(b));

const areAlike = ([{ region: a }, { region: b }]: Pair): boolean => isSameMapping(a, b);

/** What a cell shares: sections of ivshmem devices, and regions that it leaves to the root cell as well. */
function sharedRegions(party: Party): PlacedRegion[] {
  const sections = new Set(
    ivshmemDevices(party).flatMap((device) => device.sections.map(({ index }) => index)),
  );
  return physicalRegions(party).filter(({ index, region }) => sections.has(index) || isRootShared(region));
}

/** RAM of a cell that the other end of a link writes to. */
function* ramThatIsShared(party: Party): Iterable<Breach> {
  const shared = sharedRegions(party);
  const ram = physicalRegions(party).filter(
    (item) => isRam(item.region) || (isLoadable(item.region) && !isRootShared(item.region)),
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

/** What is wrong with a cell's memory by itself. */
export const MEMORY_RULES: readonly CellRule[] = [
  {
    id: 'cell/memory-alias',
    item: 'memoryRegions',
    severity: 'warning',
    symptom: 'what the guest writes through one region changes the other',
    fix: 'correct .phys_start or .size, unless the cell is meant to see that memory twice',
    source: 'Jailhouse, hypervisor/control.c; users’ mails',
    find: each(function* (party) {
      const shared = party.index === null ? [] : [...ramThatIsShared(party)];
      yield* shared;
      const told = new Set(shared.flatMap(({ at }) => at ?? []));
      // What overlaps for the guest as well is no second view of that memory.
      const pairs = overlapsWithin(physicalRegions(party)).filter(
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
    source: 'Jailhouse, hypervisor/paging.c and driver/cell.c; Jailhouse 0.12, tools/jailhouse-config-check',
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
          symptom:
            'no other memory is seen there, but the flags of the later region count, and `cell load` uses the first',
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
    source: 'Jailhouse, hypervisor/mmio.c; seen under a real Jailhouse',
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
];
