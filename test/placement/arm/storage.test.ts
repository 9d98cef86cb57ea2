import { expect, test } from 'vitest';
import { cells, composeTree, texts, type NewNode } from '../../../src/formats/dtb/compose.ts';
import { encodeDtb } from '../../../src/formats/dtb/encode.ts';
import type { StorageKind } from '../../../src/placement/architecture.ts';
import { storageOf } from '../../../src/placement/arm/drivers.ts';

const device = (name: string, compatible: string, status = 'okay'): NewNode => ({
  name,
  properties: [texts('compatible', compatible), texts('status', status), cells('reg', 0, 0x1000, 0, 0x1000)],
  children: [],
});

const treeWith = (...children: NewNode[]): Uint8Array =>
  encodeDtb(composeTree({ name: '', properties: [], children }));

const basics = [device('serial@1000', 'arm,pl011'), device('timer', 'arm,armv8-timer')];

const physicalPci = (): NewNode => {
  const host = device('pcie@1000', 'vendor,pcie');
  return { ...host, properties: [...host.properties, texts('device_type', 'pci')] };
};

test.each<[string, NewNode[], StorageKind[] | null]>([
  ['nothing but a UART and a timer', [], []],
  ['a controller that is switched off', [device('mmc@1000', 'arasan,sdhci-8.9a', 'disabled')], []],
  ['an SD controller', [device('mmc@1000', 'arasan,sdhci-8.9a')], ['mmc']],
  ['an Ethernet', [device('ethernet@1000', 'cdns,zynqmp-gem')], ['network']],
  [
    'SATA and flash',
    [device('ahci@1', 'ceva,ahci-1v84'), device('spi@2', 'xlnx,zynqmp-qspi-1.0')],
    ['disk', 'mtd'],
  ],
  ['a virtio device', [device('virtio_mmio@1000', 'virtio,mmio')], ['virtio', 'disk', 'network']],
  ["the cell's virtual PCI host", [device('pci@1000', 'pci-host-ecam-generic')], []],
  ['a PCI host of the board', [physicalPci()], null],
  ['a device of an unknown kind', [device('thing@1000', 'vendor,thing')], null],
])('storage in a tree with %s', (_, more, expected) => {
  expect(storageOf(treeWith(...basics, ...more))).toEqual(expected);
});

test('no tree says nothing', () => {
  expect(storageOf(null)).toBeNull();
});
