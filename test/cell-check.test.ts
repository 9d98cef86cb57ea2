import { describe, expect, test } from 'vitest';
import { checkCell } from '../src/cell/check-cell.ts';
import { checkSystem } from '../src/cell/check-system.ts';
import { createCellConfig, type NewCell } from '../src/cell/create.ts';
import { parseSystemConfig } from '../src/cell/system.ts';
import type { PciDevice } from '../src/cell/records.ts';
import type { CellConfig } from '../src/cell/types.ts';
import { cellVectors } from './helpers/vectors.ts';
import { commRegion, highRam, lowRam } from './helpers/x86-request.ts';

const device: PciDevice = {
  type: 3,
  iommu: 0,
  domain: 0,
  bdf: 120,
  bar_mask: [0, 0, 0, 0, 0, 0],
  caps_start: 0,
  num_caps: 0,
  num_msi_vectors: 0,
  msi_flags: 0,
  num_msix_vectors: 1,
  msix_region_size: 4096,
  msix_address: 0n,
  shmem_protocol: 1,
};

const cellWith = (pciDevice: Partial<PciDevice>, change: Partial<NewCell> = {}): CellConfig =>
  createCellConfig({
    revision: 14,
    architecture: 'x86',
    name: 'demo',
    cpus: [1],
    memoryRegions: [lowRam, commRegion, highRam, lowRam],
    pciDevices: [{ ...device, ...pciDevice }],
    ...change,
  });

const said = (cell: CellConfig): string[] => checkCell(cell).map(({ message }) => message);

describe('indices into the tables of the cell', () => {
  const peers = { shmem_dev_id: 0, shmem_peers: 2 };

  test('shared memory takes a state table, a common section, and one section for each peer', () => {
    expect(said(cellWith({ shmem_regions_start: 0, ...peers }))).toEqual([]);
    expect(said(cellWith({ shmem_regions_start: 1, ...peers }))).toEqual([
      'PCI device 0 has shmem_regions_start 1 and uses the memory regions 1 to 4, the cell has 4',
    ]);
    expect(said(cellWith({ shmem_regions_start: 9, ...peers, type: 1 }))).toEqual([]);
  });

  test('up to revision 11 it takes one region', () => {
    expect(said(cellWith({ shmem_region: 3 }, { revision: 11 }))).toEqual([]);
    expect(said(cellWith({ shmem_region: 4 }, { revision: 11 }))).toEqual([
      'PCI device 0 has shmem_region 4 and uses the memory regions 4 to 4, the cell has 4',
    ]);
  });

  test('capabilities', () => {
    const pciCaps = [{ id: 5, start: 0x40, len: 8, flags: 0 }];
    expect(said(cellWith({ type: 1, caps_start: 0, num_caps: 1 }, { pciCaps }))).toEqual([]);
    expect(said(cellWith({ type: 1, caps_start: 9, num_caps: 0 }, { pciCaps }))).toEqual([]);
    expect(checkCell(cellWith({ type: 1, caps_start: 1, num_caps: 1 }, { pciCaps }))).toMatchObject([
      {
        code: 'cell/reference',
        severity: 'error',
        message: 'PCI device 0 has caps_start 1 and uses the PCI capabilities 1 to 1, the cell has 1',
        requested: 'at least 2 PCI capabilities',
        path: ['cell'],
      },
    ]);
  });
});

test('bytes that no count covers are worth a warning', () => {
  const cell = cellWith({ type: 1 });
  expect(checkCell({ ...cell, trailing: new Uint8Array(56) })).toMatchObject([
    {
      code: 'cell/trailing-bytes',
      severity: 'warning',
      message: 'the cell config has 56 bytes behind what its counts cover',
    },
  ]);
  expect(said({ ...cell, trailing: new Uint8Array(1) })).toEqual([
    'the cell config has 1 byte behind what its counts cover',
  ]);
});

describe('a system config and a cell', () => {
  const systemOf = (revision: number, arch: string) =>
    parseSystemConfig(
      new Uint8Array(
        Buffer.from(
          cellVectors().find(
            (one) => one.kind === 'system' && one.revision === revision && one.arch === arch,
          )!.hex,
          'hex',
        ),
      ),
    );
  const cellOf = (revision: NewCell['revision'], architecture: NewCell['architecture']): CellConfig =>
    createCellConfig({ revision, architecture, name: 'demo', cpus: [1], memoryRegions: [] });

  test('of one release and architecture have nothing against each other', () => {
    expect(checkSystem(systemOf(14, 'x86'), cellOf(14, 'x86'))).toEqual([]);
    expect(checkSystem(systemOf(14, 'arm64'), cellOf(14, 'arm64'))).toEqual([]);
    expect(checkSystem(systemOf(13, 'arm'), cellOf(13, 'arm'))).toEqual([]);
  });

  test('of two releases do not run together', () => {
    expect(checkSystem(systemOf(12, 'x86'), cellOf(14, 'x86'))).toMatchObject([
      {
        code: 'system/revision',
        message: 'the system config has revision 12, the cell config 14',
        requested: 'revision 14 (Jailhouse git since 2023-01)',
        actual: 'revision 12 (Jailhouse 0.12)',
        symptom: 'Configuration file revision mismatch',
        path: ['system'],
      },
    ]);
    expect(checkSystem(systemOf(11, 'x86'), cellOf(14, 'x86'))[0]!.actual).toBe(
      'revision 11 (Jailhouse development)',
    );
  });

  test('of two architectures do not belong together', () => {
    expect(checkSystem(systemOf(14, 'arm64'), cellOf(14, 'x86'))).toMatchObject([
      {
        code: 'system/architecture',
        message: 'the system config is for arm64, the cell for x86',
        requested: 'x86',
        actual: 'arm64',
      },
    ]);
  });
});
