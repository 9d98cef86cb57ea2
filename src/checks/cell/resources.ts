import type { AddressRange } from '../../base/ranges.ts';
import { REDISTRIBUTOR_SIZE, systemGic } from '../../formats/cell/gic.ts';
import type { SystemConfig } from '../../formats/cell/types.ts';
import { cpusOf } from '../../formats/cell/resources.ts';
import type { Severity } from '../../base/choices.ts';

/** A device whose accesses the hypervisor must see. */
interface Resource {
  name: string;
  range: AddressRange;
  severity: Severity;
}

export const PCI_MMCONFIG = 'PCI MMCONFIG';

const PAGE = 0x1000n;
const XAPIC_BASE = 0xfee00000n;
/** One function's PCI configuration space in MMCONFIG is 4 KiB, one bus has 256 functions. */
const MMCONFIG_BUS_SIZE = 256n * 0x1000n;

/** The sizes of the parts of a GIC by its version (Arm GICv2 and GICv3 architecture specifications). */
const GIC_PARTS = {
  2: { gicd_base: 0x1000n, gicc_base: 0x2000n, gich_base: 0x2000n, gicv_base: 0x2000n },
  3: { gicd_base: 0x10000n, gicr_base: REDISTRIBUTOR_SIZE },
} as const;

function gicResources(system: SystemConfig): Resource[] {
  const { platform, rootCell } = system;
  const { fields } = platform;
  const base = (name: string): bigint => (typeof fields[name] === 'bigint' ? fields[name] : 0n);
  const { version } = systemGic(system);
  const parts = GIC_PARTS[version];
  const resources = Object.entries(parts).map(([name, size]) => ({
    name: name.replace('_base', '').toUpperCase(),
    range: { start: base(name), size },
    severity: 'error' as const,
  }));
  if (version !== 3) return resources;
  // The first CPU's is sure; the others' follow it on most machines.
  const others: Resource = {
    name: 'GICR of the other CPUs',
    range: {
      start: base('gicr_base') + REDISTRIBUTOR_SIZE,
      size: BigInt(Math.max(cpusOf(rootCell).length - 1, 0)) * REDISTRIBUTOR_SIZE,
    },
    severity: 'warning',
  };
  return base('gicr_base') === 0n ? resources : [...resources, others];
}

function apicResources({ rootCell }: SystemConfig): Resource[] {
  return [
    { name: 'xAPIC', range: { start: XAPIC_BASE, size: PAGE }, severity: 'error' },
    ...rootCell.irqchips.map(({ address }): Resource => ({
      name: 'IOAPIC',
      range: { start: address, size: PAGE },
      severity: 'error',
    })),
  ];
}

/** The PCI configuration space; `null` if the machine has none. */
export const mmconfigOf = ({ pciMmconfigBase, pciMmconfigEndBus }: SystemConfig): AddressRange | null =>
  pciMmconfigBase === 0n
    ? null
    : { start: pciMmconfigBase, size: BigInt(pciMmconfigEndBus + 1) * MMCONFIG_BUS_SIZE };

/** What the hypervisor intercepts on this machine: a cell that maps it gets past the hypervisor. */
export function interceptedResources(system: SystemConfig): Resource[] {
  const { iommuUnits, architecture } = system;
  const range = mmconfigOf(system);
  const mmconfig: Resource[] = range === null ? [] : [{ name: PCI_MMCONFIG, range, severity: 'error' }];
  const iommus = (iommuUnits ?? []).map(({ base, size }, index): Resource => ({
    name: `IOMMU unit ${index}`,
    range: { start: base, size: BigInt(size) },
    severity: 'error',
  }));
  const interrupts = architecture === 'x86' ? apicResources(system) : gicResources(system);
  return [...mmconfig, ...iommus, ...interrupts].filter(({ range }) => range.start > 0n && range.size > 0n);
}
