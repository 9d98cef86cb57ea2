import { hex } from '../../../base/address.ts';
import { isIvshmem } from '../../../formats/cell/names.ts';
import { pinsOf } from '../../../formats/cell/resources.ts';
import { failure, type Diagnostic } from '../../../base/diagnostic.ts';
import type { DeviceTree } from '../../../formats/dtb/types.ts';
import { registersOf } from '../../../formats/dtb/addresses.ts';
import { gicOf, SPI_BASE, spisAmong } from '../../../formats/dtb/gic.ts';
import { interruptsOf } from '../../../formats/dtb/interrupts.ts';
import { pciHostsOf, pciInterruptsOf } from '../../../formats/dtb/pci.ts';
import { devicesOf, isEnabled, pathOf, phandlesOf } from '../../../formats/dtb/walk.ts';
import type { ArmRequest } from '../protocols.ts';

function checkGic({ cell }: ArmRequest, tree: DeviceTree): Diagnostic[] {
  const gic = gicOf(tree);
  if (gic === null) {
    return [
      {
        code: 'dtb/gic',
        severity: 'warning',
        message: 'the device tree has no known GIC that is switched on',
        requested: 'an interrupt controller, compatible with arm,gic-400, arm,gic-v3 or similar',
        symptom: 'no interrupts: the kernel stops at its first wait for a timer',
        fix: 'add the board’s interrupt controller to the cell’s device tree',
        path: ['dtb'],
      },
    ];
  }
  const [distributor] = registersOf(gic);
  const wanted = [...new Set(cell.irqchips.map(({ address }) => address))];
  if (distributor === undefined || wanted.length === 0 || wanted.includes(distributor.start)) return [];
  return [
    failure(
      'dtb/gic',
      `the device tree's GIC (${pathOf(gic)}) is at ${hex(distributor.start)}, the cell's at ${wanted.map(hex).join(', ')}`,
      {
        requested: wanted.map(hex).join(', '),
        actual: hex(distributor.start),
        symptom: 'no interrupts, or "unable to map gic"',
        fix: 'give the device tree of the same board as the cell config',
        path: ['dtb'],
      },
    ),
  ];
}

function checkSpis({ cell }: ArmRequest, tree: DeviceTree): Diagnostic[] {
  const owned = new Set(cell.irqchips.flatMap(pinsOf));
  const phandles = phandlesOf(tree);
  return [...devicesOf(tree)].flatMap((device): Diagnostic[] => {
    const foreign = isEnabled(device)
      ? spisAmong(interruptsOf(phandles, device).interrupts).filter((spi) => !owned.has(spi + SPI_BASE))
      : [];
    if (foreign.length === 0) return [];
    const named = foreign.map((spi) => `SPI ${spi} (interrupt ${spi + SPI_BASE})`).join(', ');
    return [
      {
        code: 'dtb/interrupts',
        severity: 'warning',
        message: `${pathOf(device)} raises ${named}, which the cell does not own`,
        requested: `in .irqchips of the cell: ${foreign.map((spi) => spi + SPI_BASE).join(', ')}`,
        symptom: 'the device gets no interrupts: a console prints, but reads nothing',
        fix: 'add the interrupt to a pin_bitmap of the cell, or switch the device off in the device tree',
        path: ['dtb'],
      },
    ];
  });
}

function checkVirtualPci({ cell }: ArmRequest, tree: DeviceTree): Diagnostic[] {
  if (!cell.pciDevices.some(isIvshmem)) return [];
  const hosts = pciHostsOf(tree);
  if (hosts.length === 0) {
    return [
      {
        code: 'dtb/vpci',
        severity: 'warning',
        message: 'the cell has shared-memory devices, but the device tree has no PCI host for them',
        requested: 'a node compatible with pci-host-ecam-generic at the virtual PCI’s addresses',
        symptom: 'no ivshmem device appears in the guest',
        fix: 'add the host to the cell’s device tree',
        path: ['dtb'],
      },
    ];
  }
  const base = cell.header.vpci_irq_base;
  const phandles = phandlesOf(tree);
  return hosts.flatMap((host): Diagnostic[] => {
    const wrong = pciInterruptsOf(phandles, host).filter(({ pin, spi }) => spi !== base + pin - 1);
    const [first] = wrong;
    if (first === undefined) return [];
    return [
      {
        code: 'dtb/vpci',
        severity: 'warning',
        message: `${pathOf(host)} maps INT${'ABCD'[first.pin - 1] ?? `#${first.pin}`} to SPI ${first.spi}, the cell's virtual PCI raises SPI ${base + first.pin - 1}`,
        requested: `SPI ${base} for INTA and so on (vpci_irq_base is ${base})`,
        actual: wrong.map(({ pin, spi }) => `INT${'ABCD'[pin - 1] ?? `#${pin}`}: ${spi}`).join(', '),
        symptom: 'shared-memory devices get no interrupts',
        fix: 'correct interrupt-map in the device tree, or .vpci_irq_base in the cell config',
        path: ['dtb'],
      },
    ];
  });
}

/** Whether the interrupts that a device tree tells of are the cell's. */
export const checkInterrupts = (request: ArmRequest, tree: DeviceTree): Diagnostic[] => [
  ...checkGic(request, tree),
  ...checkSpis(request, tree),
  ...checkVirtualPci(request, tree),
];
