import { describeSize, hex, PAGE_SIZE } from '../../../base/address.ts';
import { isForDma, isLoadable, isPhysicallyOffPage, isRam, isSubPage } from '../../../formats/cell/memory.ts';
import { namesOf } from '../../../formats/cell/variants.ts';
import {
  countPageTables,
  fitsHugePage,
  hugePageOffset,
  isAlignedAlike,
  type Mapping,
} from '../page-tables.ts';
import { placedRegions, regionText, type PlacedRegion } from '../ranges.ts';
import { eachCell, type CellRule, type Found } from '../rule.ts';
import type { Party, Scene } from '../scene.ts';

function mappingOf(party: Party, { range, region }: PlacedRegion): Mapping {
  const smallOnly = namesOf(party).memoryFlags.no_hugepages ?? 0n;
  return { ...range, physical: region.phys_start, huge: (region.flags & smallOnly) === 0n };
}

const alike = (mapping: Mapping): Mapping => ({ ...mapping, physical: mapping.start });

/** On x86 an IOMMU has tables of its own, for what devices reach. */
const hasSecondTables = ({ system, architecture }: Scene): boolean =>
  architecture === 'x86' && (system?.iommuUnits ?? []).some(({ base }) => base > 0n);

/** Pages that the hypervisor takes for a cell's page tables, about; `goodwill`: if all its regions were aligned alike. */
export function pageTablePages(party: Party, scene: Scene, goodwill = false): bigint {
  const count = (regions: readonly PlacedRegion[]): bigint => {
    const mappings = regions.map((item) => mappingOf(party, item));
    return mappings.length === 0 ? 0n : countPageTables(goodwill ? mappings.map(alike) : mappings);
  };
  const regions = placedRegions(party, 'virt_start');
  const forDevices = hasSecondTables(scene) ? regions.filter(({ region }) => isForDma(region)) : [];
  return count(regions) + count(forDevices);
}

const poolPages = (scene: Scene): bigint | null =>
  scene.system && scene.system.hypervisorMemory.size / PAGE_SIZE;

function estimateText(party: Party, scene: Scene): string {
  const pool = poolPages(scene);
  return [
    `page tables of ${party.title}: about ${pageTablePages(party, scene)} pages of 4 KiB, ${pageTablePages(party, scene, true)} if both addresses of each region were equal modulo 2 MiB`,
    ...(pool === null ? [] : [`the hypervisor's memory has ${pool} pages for everything`]),
  ].join('\n');
}

/** Whose page tables do not fit: single cells if they do not by themselves, else all cells together. */
function* overfullPool(scene: Scene): Iterable<Found> {
  const { root, cells } = scene;
  const pool = poolPages(scene);
  if (!root || pool === null) return;
  const need = (parties: readonly Party[]): bigint =>
    [root, ...parties].reduce((sum, party) => sum + pageTablePages(party, scene), 0n);
  if (need(cells) <= pool) return;
  const large = cells.filter((cell) => need([cell]) > pool);
  for (const of of large.length > 0 ? large.map((cell) => [cell]) : [cells]) {
    yield {
      of,
      message: `the page tables of ${[root, ...of].map(({ title }) => title).join(', ')} do not fit the hypervisor's memory`,
      requested: `at most ${pool} pages of 4 KiB (${describeSize(pool * PAGE_SIZE)})`,
      actual: `about ${need(of)}`,
      detail: of.map((party) => estimateText(party, scene).split('\n')[0]).join('\n'),
    };
  }
}

const OUT_OF_MEMORY = 'JAILHOUSE_CELL_CREATE: Cannot allocate memory (ENOMEM), often at the second cell only';

export const PAGE_TABLE_RULES: readonly CellRule[] = [
  {
    id: 'cell/huge-pages',
    item: 'memoryRegions',
    severity: 'warning',
    symptom: OUT_OF_MEMORY,
    fix: 'choose .phys_start and .virt_start so that both leave the same remainder modulo 2 MiB',
    source: 'Jailhouse, hypervisor/paging.c',
    find: eachCell(function* (cell, scene) {
      let detail: string | undefined;
      for (const item of placedRegions(cell, 'virt_start')) {
        const { region, range } = item;
        const mapping = mappingOf(cell, item);
        const isMemory = isRam(region) || isLoadable(region);
        // cell/alignment tells these.
        if (isSubPage(region) || isPhysicallyOffPage(region)) continue;
        if (!isMemory || !mapping.huge || isAlignedAlike(mapping) || !fitsHugePage(range)) continue;
        detail ??= estimateText(cell, scene);
        yield {
          at: [item.index],
          message: `${cell.title}: ${regionText(item)} is mapped in pages of 4 KiB: its physical and guest addresses differ modulo 2 MiB`,
          requested: 'the same remainder modulo 2 MiB',
          actual: `physical ${hex(hugePageOffset(region.phys_start))}, guest ${hex(hugePageOffset(region.virt_start))}`,
          detail,
        };
      }
    }),
  },
  {
    id: 'cell/page-pool',
    needs: ['system'],
    severity: 'error',
    after: ['system/architecture'],
    symptom: OUT_OF_MEMORY,
    fix: "make physical and guest addresses equal modulo 2 MiB, or enlarge the system config's .hypervisor_memory",
    source: 'Jailhouse, hypervisor/paging.c; seen under a real Jailhouse',
    comparesCells: true,
    find: overfullPool,
  },
];
