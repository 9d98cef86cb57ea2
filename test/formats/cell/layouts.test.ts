import { describe, expect, test } from 'vitest';
import { LAYOUTS } from '../../../src/formats/cell/layouts.ts';
import {
  cacheRegion,
  consoleTypeInFlags,
  consoleWithType,
  iommuAmd,
  iommuTyped,
  iommuUnion,
  irqchip,
  memoryRegion,
  pciCapability,
  pciDeviceManyRegions,
  pciDeviceOneRegion,
  pioRegion,
} from '../../../src/formats/cell/records.ts';
import { isRevision, releaseOf, type Revision } from '../../../src/formats/cell/releases.ts';

// The numbers are those of the format description, written down field by field.

const REVISIONS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14] as const;

test('there are revisions 3 to 14, and each release has its own', () => {
  expect([...Array(40).keys()].filter(isRevision)).toEqual(REVISIONS);
  expect(Object.fromEntries(REVISIONS.map((revision) => [revision, releaseOf(revision)]))).toEqual({
    3: '0.6',
    4: '0.7',
    5: null,
    6: null,
    7: null,
    8: '0.8',
    9: '0.9 and 0.9.1',
    10: '0.10 and 0.11',
    11: null,
    12: '0.12',
    13: 'git from 2020-05 to 2022-12',
    14: 'git since 2023-01',
  });
});

describe('the cell header', () => {
  const start = { signature: 0, revision: 6, name: 8, id: 40, flags: 44, cpu_set_size: 48 };
  const counts = { num_memory_regions: 52, num_cache_regions: 56, num_irqchips: 60, num_pio: 64 };
  const common = { ...start, ...counts, num_pci_devices: 68, num_pci_caps: 72 };
  const to11 = { ...common, vpci_irq_base: 76 };
  const from7 = { ...to11, cpu_reset_address: 80, msg_reply_timeout: 88 };
  const from12 = {
    ...common,
    num_stream_ids: 76,
    vpci_irq_base: 80,
    cpu_reset_address: 84,
    msg_reply_timeout: 92,
    console: 100,
  };

  test.each<[Revision, number, Record<string, number>]>([
    [3, 80, to11],
    [4, 80, to11],
    [5, 88, { ...to11, cpu_reset_address: 80 }],
    [6, 88, { ...to11, cpu_reset_address: 80 }],
    [7, 96, from7],
    [8, 96, from7],
    [9, 96, from7],
    [10, 128, { ...from7, console: 96 }],
    [11, 128, { ...from7, console: 96 }],
    [12, 132, from12],
    [13, 132, from12],
    [14, 132, { ...from12, architecture: 5 }],
  ])('of revision %i has %i bytes', (revision, size, offsets) => {
    const { header, signatures, namesArchitecture } = LAYOUTS[revision];
    expect(header.size).toBe(size);
    expect(header.offsets).toEqual(offsets);
    expect(signatures).toEqual(
      revision === 14 ? { cell: 'JHCLL', system: 'JHSYS' } : { cell: 'JHCELL', system: 'JHSYST' },
    );
    expect(namesArchitecture).toBe(revision === 14);
  });
});

describe('records', () => {
  const device = {
    type: 0,
    iommu: 1,
    domain: 2,
    bdf: 4,
    bar_mask: 6,
    caps_start: 30,
    num_caps: 32,
    num_msi_vectors: 34,
    msi_flags: 35,
    num_msix_vectors: 36,
    msix_region_size: 38,
    msix_address: 40,
  };
  const amd = { amd_bdf: 12, amd_base_cap: 14, amd_msi_cap: 15, amd_features: 16 };

  test.each([
    ['memory', memoryRegion, 32, { phys_start: 0, virt_start: 8, size: 16, flags: 24 }],
    ['cache', cacheRegion, 12, { start: 0, size: 4, type: 8, padding: 9, flags: 10 }],
    ['irqchip', irqchip, 32, { address: 0, id: 8, pin_base: 12, pin_bitmap: 16 }],
    ['pci capability', pciCapability, 8, { id: 0, start: 2, len: 4, flags: 6 }],
    ['pio', pioRegion, 4, { base: 0, length: 2 }],
    [
      'pci device to 11',
      pciDeviceOneRegion,
      56,
      { ...device, shmem_region: 48, shmem_protocol: 52, padding: 54 },
    ],
    [
      'pci device from 12',
      pciDeviceManyRegions,
      56,
      { ...device, shmem_regions_start: 48, shmem_dev_id: 52, shmem_peers: 53, shmem_protocol: 54 },
    ],
    [
      'console to 9',
      consoleTypeInFlags,
      32,
      { address: 0, size: 8, flags: 12, divider: 16, gate_nr: 20, clock_reg: 24 },
    ],
    [
      'console from 10',
      consoleWithType,
      32,
      { address: 0, size: 8, type: 12, flags: 14, divider: 16, gate_nr: 20, clock_reg: 24 },
    ],
    ['iommu to 10', iommuAmd, 20, { base: 0, size: 8, ...amd }],
    [
      'iommu of 11',
      iommuTyped,
      24,
      { type: 0, base: 4, size: 12, amd_bdf: 16, amd_base_cap: 18, amd_msi_cap: 19, amd_features: 20 },
    ],
    ['iommu from 12', iommuUnion, 28, { type: 0, base: 4, size: 12, raw: 16 }],
  ] as const)('%s', (_, record, size, offsets) => {
    expect(record.size).toBe(size);
    expect(record.offsets).toEqual(offsets);
  });

  test('the tables that moved, by revision', () => {
    for (const revision of REVISIONS) {
      const layout = LAYOUTS[revision];
      expect(layout.pio).toBe(revision <= 10 ? 'bitmap' : 'regions');
      expect(layout.pciDevice).toBe(revision <= 11 ? pciDeviceOneRegion : pciDeviceManyRegions);
      expect(layout.streamIds).toBe(revision >= 12);
      expect(layout.iommu).toBe(revision <= 10 ? iommuAmd : revision === 11 ? iommuTyped : iommuUnion);
    }
  });
});

describe('the system config', () => {
  const SIGNATURE = 8;
  const IOMMU_UNITS = 8;

  test.each<[Revision, union: number, size: number, rootCell: number]>([
    [3, 82, 170, 252],
    [4, 82, 170, 252],
    [5, 82, 170, 252],
    [6, 82, 170, 252],
    [7, 82, 170, 252],
    [8, 82, 178, 260],
    [9, 84, 178, 262],
    [10, 88, 178, 266],
    [11, 88, 234, 322],
    [12, 88, 266, 354],
    [13, 312, 44, 356],
    [14, 312, 44, 356],
  ])(
    'of revision %i has its union at %i, of %i bytes, and the root cell at %i',
    (revision, union, size, rootCell) => {
      const { system, unionSize, iommu, iommuPlace, platform } = LAYOUTS[revision];
      const units = IOMMU_UNITS * iommu.size;
      const unionAt = SIGNATURE + system.size + (iommuPlace === 'common' ? units : 0);
      expect([unionAt, unionSize, unionAt + unionSize]).toEqual([union, size, rootCell]);
      // The larger member fills the union.
      const x86 = platform.x86.size + (iommuPlace === 'common' ? 0 : units);
      const arm = platform.arm.size + (iommuPlace === 'both' ? units : 0);
      expect(Math.max(x86, arm)).toBe(size);
    },
  );

  const early = {
    hypervisor_memory: 8,
    debug_console: 40,
    pci_mmconfig_base: 72,
    pci_mmconfig_end_bus: 80,
    pci_is_virtual: 81,
  };
  const late = {
    flags: 8,
    hypervisor_memory: 12,
    debug_console: 44,
    pci_mmconfig_base: 76,
    pci_mmconfig_end_bus: 84,
    pci_is_virtual: 85,
    pci_domain: 86,
  };

  test.each<[Revision, Record<string, number>]>([
    [3, early],
    [8, early],
    [9, { ...early, pci_domain: 82 }],
    [10, late],
    [12, late],
    [13, late],
    [14, late],
  ])('of revision %i has its fields at these offsets', (revision, offsets) => {
    const found = Object.entries(LAYOUTS[revision].system.offsets).map(([name, at]) => [
      name,
      at + SIGNATURE,
    ]);
    expect(Object.fromEntries(found)).toEqual(offsets);
  });

  const x86To7 = { pm_timer_address: 0, vtd_interrupt_limit: 2, apic_mode: 6, padding: 7 };
  const x86To12 = { ...x86To7, tsc_khz: 10, apic_khz: 14 };
  const x86From13 = {
    pm_timer_address: 0,
    apic_mode: 2,
    padding: 3,
    vtd_interrupt_limit: 4,
    tsc_khz: 8,
    apic_khz: 12,
  };
  const armTo12 = {
    maintenance_irq: 0,
    gic_version: 1,
    gicd_base: 2,
    gicc_base: 10,
    gich_base: 18,
    gicv_base: 26,
    gicr_base: 34,
  };
  const armFrom13 = {
    maintenance_irq: 0,
    gic_version: 1,
    padding: 2,
    gicd_base: 4,
    gicc_base: 12,
    gich_base: 20,
    gicv_base: 28,
    gicr_base: 36,
  };

  test.each<
    [Revision, x86: Record<string, number>, x86Size: number, arm: Record<string, number>, armSize: number]
  >([
    [3, x86To7, 10, armTo12, 42],
    [7, x86To7, 10, armTo12, 42],
    [8, x86To12, 18, armTo12, 42],
    [11, x86To12, 18, armTo12, 42],
    [12, x86To12, 18, armTo12, 42],
    [13, x86From13, 16, armFrom13, 44],
    [14, x86From13, 16, armFrom13, 44],
  ])('of revision %i has these platforms', (revision, x86, x86Size, arm, armSize) => {
    const { platform } = LAYOUTS[revision];
    expect([platform.x86.offsets, platform.x86.size]).toEqual([x86, x86Size]);
    expect([platform.arm.offsets, platform.arm.size]).toEqual([arm, armSize]);
  });
});
