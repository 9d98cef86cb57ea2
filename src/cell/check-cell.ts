import { failure, type Diagnostic } from '../diagnostic.ts';
import type { PciDevice } from './records.ts';
import type { CellConfig, CellDescription } from './types.ts';

/** JAILHOUSE_PCI_TYPE_IVSHMEM. */
const TYPE_IVSHMEM = 3;

/** What a device points at by index: `first` to `end` of a table of `count`. */
interface Reference {
  field: string;
  first: number;
  end: number;
  table: string;
  count: number;
}

/** Up to revision 11 one region; then the state table, the common section, and one output section for each peer. */
function sharedMemory(device: PciDevice, count: number): Reference {
  const table = 'memory regions';
  if (device.shmem_regions_start === undefined) {
    const first = device.shmem_region ?? 0;
    return { field: 'shmem_region', first, end: first + 1, table, count };
  }
  const first = device.shmem_regions_start;
  return { field: 'shmem_regions_start', first, end: first + 2 + (device.shmem_peers ?? 0), table, count };
}

function referencesOf(device: PciDevice, cell: CellDescription): Reference[] {
  const first = device.caps_start;
  const caps = {
    field: 'caps_start',
    first,
    end: first + device.num_caps,
    table: 'PCI capabilities',
    count: cell.pciCaps.length,
  };
  return [
    ...(device.num_caps > 0 ? [caps] : []),
    ...(device.type === TYPE_IVSHMEM ? [sharedMemory(device, cell.memoryRegions.length)] : []),
  ];
}

function checkReferences(cell: CellConfig): Diagnostic[] {
  return cell.pciDevices.flatMap((device, index) =>
    referencesOf(device, cell)
      .filter(({ end, count }) => end > count)
      .map(({ field, first, end, table, count }) =>
        failure(
          'cell/reference',
          `PCI device ${index} has ${field} ${first} and uses the ${table} ${first} to ${end - 1}, the cell has ${count}`,
          {
            requested: `at least ${end} ${table}`,
            actual: String(count),
            symptom: 'the root cell crashes, or the device does not work',
            hint: `correct .${field} of that device, or add what is missing`,
            path: ['cell'],
          },
        ),
      ),
  );
}

function checkTrailing({ trailing }: CellConfig): Diagnostic[] {
  if (trailing.length === 0) return [];
  return [
    {
      code: 'cell/trailing-bytes',
      severity: 'warning',
      message: `the cell config has ${trailing.length} byte${trailing.length === 1 ? '' : 's'} behind what its counts cover`,
      hint: 'a count in the config’s source may be too small; Jailhouse ignores the rest',
      path: ['cell'],
    },
  ];
}

/** Whether the counts and indices of a cell config fit together. */
export const checkCell = (cell: CellConfig): Diagnostic[] => [
  ...checkTrailing(cell),
  ...checkReferences(cell),
];
