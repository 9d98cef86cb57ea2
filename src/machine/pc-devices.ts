import { alignUp, PAGE_SIZE } from '../base/address.ts';
import type { ManifestPath } from '../base/diagnostic.ts';
import { endOf, rangeTo, uncovered, type AddressRange } from '../base/ranges.ts';
import { isIvshmem, MEMORY_FLAGS as MEM } from '../formats/cell/names.ts';
import { formatBdf } from '../formats/cell/pci.ts';
import type { MemoryRegion, PciCapability, PciDevice } from '../formats/cell/records.ts';
import { parsePciAddress, TextError } from '../formats/cell/yaml/texts.ts';
import type { IomemEntry } from '../formats/root/iomem.ts';
import type { WishedDevice } from '../manifest/wish/schema.ts';
import type { Findings } from './findings.ts';
import type { MachineState } from './request.ts';

/** A real PCI device as the root cell has it. */
export interface GivenPciDevice {
  device: PciDevice;
  capabilities: PciCapability[];
  /** Of its BARs. */
  regions: MemoryRegion[];
}

/** The outermost entries of /proc/iomem with a name. */
const named = (entries: readonly IomemEntry[], name: string): AddressRange[] =>
  entries.flatMap((entry) => (entry.name === name ? [entry.range] : named(entry.children, name)));

/** BARs in whole pages, without the MSI-X table, which the hypervisor keeps to itself. */
function barRegions(bars: readonly AddressRange[], device: PciDevice): MemoryRegion[] {
  const table =
    device.msix_region_size === 0
      ? []
      : [{ start: device.msix_address, size: BigInt(device.msix_region_size) }];
  return bars.flatMap((bar) =>
    uncovered(rangeTo(bar.start & -PAGE_SIZE, alignUp(endOf(bar), PAGE_SIZE)), table).map(
      ({ start, size }) => ({
        phys_start: start,
        virt_start: start,
        size,
        flags: MEM.read | MEM.write,
      }),
    ),
  );
}

/** A device of the root cell, copied; `null` if something about it must be asked. */
export function givePciDevice(
  { node: name }: WishedDevice,
  { system, facts, cells }: MachineState,
  at: ManifestPath,
  findings: Findings,
): GivenPciDevice | null {
  let address: ReturnType<typeof parsePciAddress>;
  try {
    address = parsePciAddress(name);
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    findings.ask(
      'pci-device',
      at,
      `devices of a PC are PCI devices, and \`${name}\` is not a PCI address`,
      error.fix,
    );
    return null;
  }
  const { rootCell } = system;
  const isIt = (each: PciDevice): boolean =>
    each.domain === address.domain && each.bdf === address.bdf && !isIvshmem(each);
  const device = rootCell.pciDevices.find(isIt);
  const title = `the PCI device ${formatBdf(address.domain, address.bdf)}`;
  if (device === undefined) {
    const known = rootCell.pciDevices.filter((each) => !isIvshmem(each));
    const fix = `it has ${known.map((each) => formatBdf(each.domain, each.bdf)).join(', ') || 'none'}`;
    findings.ask('pci-device', at, `the root cell does not have ${title}`, fix);
    return null;
  }
  if (cells.some(({ pciDevices }) => pciDevices.some(isIt))) {
    findings.ask('pci-device', at, `another cell has ${title}`, 'leave it out of one of the cells');
    return null;
  }
  const hasBars = device.bar_mask.some((mask) => mask !== 0);
  const domain = address.domain.toString(16).padStart(4, '0');
  const short = formatBdf(0, address.bdf);
  const bars = facts.iomem === null ? null : named(facts.iomem, `${domain}:${short}`);
  if (hasBars && (bars === null || bars.length === 0)) {
    const fix =
      bars === null
        ? 'give `root: { iomem: iomem.txt }`: `sudo cat /proc/iomem` of the root cell’s Linux'
        : 'take /proc/iomem while the device is there, before a cell has it';
    findings.ask('pci-device', at, `where the BARs of ${title} are is not known`, fix);
    return null;
  }
  if (device.num_msi_vectors === 0 && device.num_msix_vectors === 0) {
    findings.warn(
      'no-msi',
      at,
      `${title} has neither MSI nor MSI-X: its interrupt line is not given to the cell`,
      'add its IOAPIC pin to the cell by hand, if no other device has the line',
      { symptom: 'the driver waits for interrupts that never come' },
    );
  }
  findings.choose(title, `${bars?.length ?? 0} BARs`, 'copied from the root cell’s config');
  return {
    device,
    capabilities: rootCell.pciCaps.slice(device.caps_start, device.caps_start + device.num_caps),
    regions: barRegions(bars ?? [], device),
  };
}
