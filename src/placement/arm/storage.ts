import { propertyOf } from '../../formats/dtb/edit.ts';
import { isPciHost } from '../../formats/dtb/pci.ts';
import type { DeviceTree } from '../../formats/dtb/types.ts';
import { uartAt } from '../../formats/dtb/uarts.ts';
import { readText } from '../../formats/dtb/values.ts';
import { compatiblesOf, devicesOf, isEnabled, type Device } from '../../formats/dtb/walk.ts';
import type { StorageKind } from '../architecture.ts';

/** By the names of nodes and compatible strings (the bindings in Linux, Documentation/devicetree/bindings). */
const KINDS: readonly (readonly [RegExp, readonly StorageKind[]])[] = [
  [/mmc|sdhc|sdhi|sdhost|mshc/, ['mmc']],
  [/sata|ahci|ufs|nvme|scsi/, ['disk']],
  // USB has disks as well as network adapters.
  [/usb|[xeo]hci|dwc[23]\b/, ['disk', 'network']],
  [/nand|\bnor\b|flash|q?spi\b/, ['mtd']],
  [/eth|mac\b|-gem\b|-fec\b|enet|mvneta|mvpp2|smsc,lan|smc91/, ['network']],
  [/virtio,mmio/, ['virtio', 'disk', 'network']],
];

const NOT_STORAGE =
  /psci|timer|clock|gpio|pinctrl|watchdog|wdt|gic|mailbox|reset|regulator|rtc|thermal|syscon|i2c|pwm|dma|pmu|cache|\bcan\b|smmu/;

/** What a device may carry; `null`: it may be anything. */
function kindsOf(device: Device): readonly StorageKind[] | null {
  const compatibles = compatiblesOf(device);
  if (compatibles.length === 0 || !isEnabled(device) || propertyOf(device.node, 'reg') === undefined)
    return [];
  const type = readText(propertyOf(device.node, 'device_type'));
  if (type === 'cpu' || uartAt(device) !== null || isPciHost(device)) return [];
  // Behind a bus of the board's own there may be anything.
  if (type === 'pci') return null;
  const texts = [device.node.name, ...compatibles];
  const found = KINDS.filter(([pattern]) => texts.some((text) => pattern.test(text)));
  if (found.length > 0) return found.flatMap(([, kinds]) => kinds);
  return compatibles.some((compatible) => NOT_STORAGE.test(compatible)) ? [] : null;
}

/** What the tree has that a root file system can be on; `null`: it has a device that may be anything. */
export function storageIn(tree: DeviceTree): StorageKind[] | null {
  const found = [...devicesOf(tree)].map(kindsOf);
  return found.some((kinds) => kinds === null) ? null : [...new Set(found.flatMap((kinds) => kinds ?? []))];
}
