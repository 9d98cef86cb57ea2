import { describeSize, hex } from '../../../base/address.ts';
import { contains, describeRange } from '../../../base/ranges.ts';
import { isIvshmem, usesIntx } from '../../../formats/cell/names.ts';
import { registersOf } from '../../../formats/dtb/addresses.ts';
import { propertyOf } from '../../../formats/dtb/edit.ts';
import { pciHostsOf, pciInterruptsOf } from '../../../formats/dtb/pci.ts';
import { readCells } from '../../../formats/dtb/values.ts';
import { pathOf, type Device } from '../../../formats/dtb/walk.ts';
import type { TreeBreach, TreeRule } from './rule.ts';
import { isMissing, needsLinks, type TreeScene } from './scene.ts';

const NO_HOST: TreeBreach = {
  severity: 'warning',
  message: 'the cell has shared-memory devices, but the device tree has no PCI host for them',
  requested: 'a node compatible with pci-host-ecam-generic at the virtual PCI’s addresses',
  symptom: 'no ivshmem device appears in the guest',
  fix: 'add the host to the cell’s device tree',
};

/** Configuration space of one bus: 256 functions of 4 KiB. */
const BUS_SIZE = 0x100000n;

function* findWindow(scene: TreeScene, host: Device): Iterable<TreeBreach> {
  const { system } = scene.request;
  const [window] = registersOf(host);
  if (window === undefined || system === null || system.pciMmconfigBase === 0n) return;
  const base = system.pciMmconfigBase;
  if (window.start !== base) {
    // A region of the cell there is a PCI host of its own.
    if (scene.mapped.some((region) => contains(region, { start: window.start, size: 4n }))) return;
    yield {
      ...(isMissing(scene, ['PCI_HOST_GENERIC']) ? { severity: 'warning' } : {}),
      message: `${pathOf(host)} has its configuration space at ${hex(window.start)}, the machine's virtual PCI at ${hex(base)}`,
      requested: hex(base),
      actual: describeRange(window),
      symptom: `\`Unhandled data read at ${hex(window.start)}\``,
      fix: `write reg of the PCI host with ${hex(base)}, the system config's pci_mmconfig_base`,
    };
    return;
  }
  const size = BigInt(system.pciMmconfigEndBus + 1) * BUS_SIZE;
  const [, lastBus = 0xff] = readCells(propertyOf(host.node, 'bus-range'));
  // Where reg is small enough, Linux takes no more buses than it has room for.
  if (window.size <= size) return;
  yield {
    ...(needsLinks(scene) ? {} : { severity: 'warning' }),
    message: `${pathOf(host)} has ${describeSize(window.size)} of configuration space (buses to ${lastBus}), the machine's virtual PCI ${describeSize(size)}`,
    requested: `bus-range = <0 ${system.pciMmconfigEndBus}>, and ${describeSize(size)} in reg`,
    actual: `${describeRange(window)}, buses to ${lastBus}`,
    symptom: "`can't claim ECAM area`, or `Unhandled data read` after its end; no ivshmem device appears",
    fix: 'write reg and bus-range of the PCI host as large as the system config’s pci_mmconfig_end_bus has it',
  };
}

const pinName = (pin: number): string => `INT${'ABCD'[pin - 1] ?? `#${pin}`}`;

function* findInterruptMap({ request, phandles }: TreeScene, host: Device): Iterable<TreeBreach> {
  const { cell } = request;
  // With MSI-X, through a GICv2m or an ITS, the map is not used.
  if (!cell.pciDevices.some(usesIntx)) return;
  const base = cell.header.vpci_irq_base;
  const requested = `SPI ${base} for INTA and so on (vpci_irq_base is ${base})`;
  const mapped = pciInterruptsOf(phandles, host);
  if (propertyOf(host.node, 'interrupt-map') === undefined) {
    yield {
      severity: 'warning',
      message: `${pathOf(host)} has no interrupt-map, and the cell's shared-memory devices have no MSI-X`,
      requested,
      actual: 'no interrupt-map',
    };
    return;
  }
  const wrong = mapped.filter(({ pin, spi }) => spi !== base + pin - 1);
  const [first] = wrong;
  if (first === undefined) return;
  yield {
    severity: 'warning',
    message: `${pathOf(host)} maps ${pinName(first.pin)} to SPI ${first.spi}, the cell's virtual PCI raises SPI ${base + first.pin - 1}`,
    requested,
    actual: wrong.map(({ pin, spi }) => `${pinName(pin)}: ${spi}`).join(', '),
  };
}

function* findVirtualPci(scene: TreeScene): Iterable<TreeBreach> {
  const hosts = pciHostsOf(scene.tree);
  const hasLinks = scene.request.cell.pciDevices.some(isIvshmem);
  if (hosts.length === 0 && hasLinks) yield NO_HOST;
  for (const host of hosts) {
    yield* findWindow(scene, host);
    if (hasLinks) yield* findInterruptMap(scene, host);
  }
}

export const VPCI_RULE: TreeRule = {
  id: 'dtb/vpci',
  severities: ['error', 'warning'],
  reason: 'the guest finds its shared-memory devices through the PCI host of its device tree',
  symptom: 'shared-memory devices get no interrupts',
  fix: 'correct interrupt-map in the device tree, or .vpci_irq_base in the cell config',
  source:
    'Jailhouse, hypervisor/pci.c and ivshmem.c; Linux, drivers/pci/controller/pci-host-generic.c; seen under a real Jailhouse',
  find: findVirtualPci,
};
