import type { PciDevice } from '../../../formats/cell/records.ts';
import { describeLayout } from '../../../formats/cell/layout-ids.ts';
import { describeRevision } from '../../../formats/cell/releases.ts';
import { againstRoot, betweenAll, each, type CellRule } from '../rule.ts';
import type { Party } from '../scene.ts';
import { ivshmemDevices } from '../shmem.ts';

const versionText = ({ revision, layout }: Party): string =>
  layout === undefined ? describeRevision(revision) : `revision ${revision}, ${describeLayout(layout)}`;

/** What a device uses by index: `first` to `end - 1` of a table of `count`. */
interface Reference {
  device: number;
  field: keyof PciDevice;
  first: number;
  end: number;
  table: string;
  count: number;
}

function referencesOf(party: Party): Reference[] {
  const { pciDevices, pciCaps, memoryRegions } = party.description;
  const caps = pciDevices.flatMap(({ caps_start, num_caps }, device) =>
    num_caps === 0
      ? []
      : [
          {
            device,
            field: 'caps_start' as const,
            first: caps_start,
            end: caps_start + num_caps,
            table: 'PCI capabilities',
            count: pciCaps.length,
          },
        ],
  );
  const regions = ivshmemDevices(party).map(({ index, device, sections }) => ({
    device: index,
    field:
      device.shmem_regions_start === undefined ? ('shmem_region' as const) : ('shmem_regions_start' as const),
    first: sections[0]!.index,
    end: sections.at(-1)!.index + 1,
    table: 'memory regions',
    count: memoryRegions.length,
  }));
  return [...caps, ...regions];
}

/** Whether configs are whole and made for each other. */
export const AGREEMENT_RULES: readonly CellRule[] = [
  {
    id: 'system/revision',
    severity: 'error',
    after: ['system/architecture'],
    symptom: 'Configuration file revision mismatch',
    fix: 'build both configs with the headers of the Jailhouse release on the target',
    source: 'Jailhouse, driver/main.c and driver/cell.c',
    find: againstRoot(function* (cell, root) {
      if (cell.revision === root.revision) return;
      yield {
        message: `the system config of ${root.title} has revision ${root.revision}, the config of ${cell.title} ${cell.revision}`,
        requested: versionText(root),
        actual: versionText(cell),
      };
    }),
  },
  {
    id: 'system/architecture',
    severity: 'error',
    symptom: 'the cell starts and does nothing',
    fix: "give the system config of the target's root cell",
    source: 'Jailhouse git, driver/main.c and driver/cell.c',
    find: againstRoot(function* (cell, root) {
      if (cell.named === null || root.named === null || cell.named === root.named) return;
      yield {
        message: `the system config of ${root.title} is for ${root.named}, ${cell.title} is for ${cell.named}`,
        requested: root.named,
        actual: cell.named,
      };
    }),
  },
  {
    id: 'cell/reference',
    item: 'pciDevices',
    severity: 'error',
    refusesRoot: true,
    symptom: 'the root cell crashes, or the device does not work',
    fix: 'correct the index or the count of that device, or add what is missing',
    source: 'Jailhouse, hypervisor/pci.c and hypervisor/ivshmem.c; seen under a real Jailhouse',
    find: each(function* (party) {
      for (const { device, field, first, end, table, count } of referencesOf(party)) {
        if (end <= count) continue;
        yield {
          at: [device],
          message: `${party.title}: PCI device ${device} has ${field} ${first} and uses the ${table} ${first} to ${end - 1}, there are ${count}`,
          requested: `at least ${end} ${table}`,
          actual: String(count),
        };
      }
    }),
  },
  {
    id: 'cell/same-name',
    item: 'name',
    severity: 'error',
    symptom: 'JAILHOUSE_CELL_CREATE: File exists',
    fix: 'give each cell a name of its own',
    source: 'Jailhouse, driver/cell.c',
    comparesCells: true,
    find: betweenAll(function* (one, other) {
      if (one.name !== other.name || one.name === '') return;
      yield {
        message: `${one.index === null ? 'the root cell and a cell' : 'two cells'} have the name '${one.name}'`,
        requested: 'a name of its own for each',
        actual: `'${one.name}' for both`,
      };
    }),
  },
];
