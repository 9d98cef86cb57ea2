import { describe, expect, test } from 'vitest';
import { checkCell } from '../../../../src/checks/cell/check.ts';
import { createCellConfig, type NewCell } from '../../../../src/formats/cell/create.ts';
import type { PciDevice } from '../../../../src/formats/cell/records.ts';
import type { CellConfig } from '../../../../src/formats/cell/types.ts';
import { makeMachine } from '../../../helpers/machine.ts';
import { commRegion, highRam, lowRam } from '../../../helpers/x86-request.ts';

const device: PciDevice = {
  type: 1,
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
  shmem_protocol: 0,
};

const cellWith = (pciDevice: Partial<PciDevice>, change: Partial<NewCell> = {}): CellConfig =>
  createCellConfig({
    revision: 14,
    architecture: 'x86',
    name: 'demo',
    flags: 1,
    cpus: [1],
    memoryRegions: [lowRam, commRegion, highRam],
    pciDevices: [{ ...device, ...pciDevice }],
    ...change,
  });

const broken = (cell: CellConfig): string[] =>
  checkCell(null, cell)
    .filter(({ code }) => code === 'cell/reference')
    .map(({ message }) => message);

describe('indices into the tables of the cell', () => {
  const peers = { shmem_dev_id: 0, shmem_peers: 2 };
  const regions = { memoryRegions: [lowRam, commRegion, highRam, lowRam] };

  test('shared memory takes a state table, a common section, and one section for each peer', () => {
    expect(broken(cellWith({ type: 3, shmem_regions_start: 0, ...peers }, regions))).toEqual([]);
    expect(broken(cellWith({ type: 3, shmem_regions_start: 1, ...peers }, regions))).toEqual([
      "cell 'demo': PCI device 0 has shmem_regions_start 1 and uses the memory regions 1 to 4, there are 4",
    ]);
    expect(broken(cellWith({ type: 1, shmem_regions_start: 9, ...peers }, regions))).toEqual([]);
  });

  test('up to revision 11 it takes one region', () => {
    expect(broken(cellWith({ type: 3, shmem_region: 2 }, { revision: 11 }))).toEqual([]);
    expect(broken(cellWith({ type: 3, shmem_region: 3 }, { revision: 11 }))).toEqual([
      "cell 'demo': PCI device 0 has shmem_region 3 and uses the memory regions 3 to 3, there are 3",
    ]);
  });

  test('capabilities', () => {
    const pciCaps = [{ id: 5, start: 0x40, len: 8, flags: 0 }];
    expect(broken(cellWith({ caps_start: 0, num_caps: 1 }, { pciCaps }))).toEqual([]);
    expect(broken(cellWith({ caps_start: 1, num_caps: 1 }, { pciCaps }))).toEqual([
      "cell 'demo': PCI device 0 has caps_start 1 and uses the PCI capabilities 1 to 1, there are 1",
    ]);
  });
});

test('bytes that no count covers are worth a warning', () => {
  const told = (count: number) =>
    checkCell(null, { ...cellWith({}), trailing: new Uint8Array(count) }).map(({ message }) => message);
  expect(told(56)).toEqual(["the config of cell 'demo' has 56 bytes after the end that its counts give"]);
  expect(told(1)).toEqual(["the config of cell 'demo' has 1 byte after the end that its counts give"]);
  expect(told(0)).toEqual([]);
});

describe('a system config and a cell', () => {
  const { system, cells } = makeMachine({ revision: 14, architecture: 'x86', cpus: [1] });

  test('of two releases do not run together', () => {
    expect(checkCell({ ...system, revision: 12 }, cells[0]!)).toMatchObject([
      {
        code: 'system/revision',
        message: "the system config of root cell 'machine' has revision 12, the config of cell 'cell-0' 14",
        requested: 'revision 12 (Jailhouse 0.12)',
        actual: 'revision 14 (Jailhouse git since 2023-01)',
        symptom: 'Configuration file revision mismatch',
        path: ['system'],
      },
    ]);
    expect(checkCell({ ...system, revision: 11 }, cells[0]!)).toMatchObject([
      { requested: 'revision 11 (of development trees only)' },
    ]);
  });

  test('of a vendor name its layout, and no release', () => {
    const [finding] = checkCell({ ...system, revision: 12, layout: 'nxp12' }, cells[0]!);
    expect(finding).toMatchObject({
      code: 'system/revision',
      requested: 'revision 12, nxp12 (NXP’s BSPs imx_5.4.24 to lf-5.15.5)',
      actual: 'revision 14 (Jailhouse git since 2023-01)',
    });
  });

  test('of two architectures do not belong together', () => {
    const [finding] = checkCell({ ...system, architecture: 'arm64' }, cells[0]!);
    expect(finding).toMatchObject({
      code: 'system/architecture',
      message: "the system config of root cell 'machine' is for arm64, cell 'cell-0' is for x86",
      requested: 'arm64',
      actual: 'x86',
      path: ['system'],
    });
  });

  test('may be silent of the architecture up to revision 13, where ports alone tell', () => {
    const older = makeMachine({ revision: 13, architecture: 'arm', cpus: [1] });
    // As parsed: an arm system without a name for it is taken as arm64.
    older.system.architecture = 'arm64';
    expect(checkCell(older.system, older.cells[0]!)).toEqual([]);
  });
});
