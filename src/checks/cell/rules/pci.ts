import { describeRange, uncovered, type AddressRange, joined } from '../../../base/ranges.ts';
import { plural } from '../../../base/text.ts';
import { isIvshmem, PCI_TYPES } from '../../../formats/cell/names.ts';
import { formatBdf } from '../../../formats/cell/pci.ts';
import type { PciDevice } from '../../../formats/cell/records.ts';
import type { SystemConfig } from '../../../formats/cell/types.ts';
import type { IomemEntry } from '../../../formats/root/iomem.ts';
import { placedRegions } from '../ranges.ts';
import { againstRoot, each, eachCell, type CellRule } from '../rule.ts';
import type { Party } from '../scene.ts';
import { ivshmemDevices } from '../shmem.ts';

interface PhysicalDevice {
  index: number;
  device: PciDevice;
  /** `PCI device 2 (00:1f.2)` */
  text: string;
}

const physicalDevices = ({ description }: Party): PhysicalDevice[] =>
  description.pciDevices.flatMap((device, index) =>
    isIvshmem(device)
      ? []
      : [{ index, device, text: `PCI device ${index} (${formatBdf(device.domain, device.bdf)})` }],
  );

const SHMEM_FIELDS = [
  'shmem_region',
  'shmem_regions_start',
  'shmem_dev_id',
  'shmem_peers',
  'shmem_protocol',
] as const;

/** Why the hypervisor has no way to physical devices; `null`: it has one. */
function withoutPhysicalPci({ pciIsVirtual, pciMmconfigBase, architecture }: SystemConfig): string | null {
  // There the hypervisor can also use the ports.
  if (architecture === 'x86') return null;
  if (pciIsVirtual !== 0) return "the machine's PCI is virtual";
  return pciMmconfigBase === 0n ? 'the machine has no PCI' : null;
}

const unitsOf = ({ iommuUnits }: SystemConfig): number =>
  (iommuUnits ?? []).filter(({ base }) => base > 0n).length;

/** Most physical devices must agree before an odd one is told. */
const NEARLY_ALL = 0.8;

/** The unit that nearly all physical devices of the root cell are behind. */
function usualUnit(root: Party): number | null {
  const units = physicalDevices(root).map(({ device }) => device.iommu);
  const usual = units.find(
    (unit) => units.filter((each) => each === unit).length >= units.length * NEARLY_ALL,
  );
  return usual ?? null;
}

/** The BARs of a device, as Linux in the root cell has them. */
function barsOf(entries: readonly IomemEntry[], name: string): AddressRange[] {
  return entries.flatMap(({ range, name: own, children }) =>
    own === name ? [range] : barsOf(children, name),
  );
}

/** `0000:00:1f.2`, as Linux calls a device. */
const linuxName = ({ domain, bdf }: PciDevice): string =>
  domain === 0 ? `0000:${formatBdf(0, bdf)}` : formatBdf(domain, bdf);

/** PCI devices by themselves, and against those of the root cell. */
export const PCI_RULES: readonly CellRule[] = [
  {
    id: 'cell/pci-physical',
    needs: ['system'],
    item: 'pciDevices',
    severity: 'error',
    after: ['system/architecture'],
    symptom: 'the hypervisor dies when the cell is created: `Unhandled HYP exception`, `Stopping CPU`',
    fix: 'leave the device out; its registers can be given to the cell as a memory region',
    source: 'Jailhouse, hypervisor/pci.c; users’ mails',
    find: eachCell(function* (cell, { system }) {
      const why = system && withoutPhysicalPci(system);
      if (why === null) return;
      for (const { index, text } of physicalDevices(cell)) {
        yield {
          at: [index],
          message: `${cell.title}: ${text} is a physical device, and ${why}`,
          requested: 'only ivshmem devices',
          actual: 'a physical device',
        };
      }
    }),
  },
  {
    id: 'cell/pci-unknown',
    item: 'pciDevices',
    severity: 'error',
    after: ['system/architecture', 'cell/pci-physical'],
    symptom: 'the device does not appear in the guest, or the cell stops at its first access',
    fix: "copy the device's entry from the root cell's config; compare .bdf with lspci of the root",
    source: 'Jailhouse, hypervisor/pci.c',
    find: againstRoot(function* (cell, root) {
      // Jailhouse does not compare domains.
      const owned = new Set(physicalDevices(root).map(({ device }) => device.bdf));
      for (const { index, device, text } of physicalDevices(cell)) {
        if (owned.has(device.bdf)) continue;
        yield {
          at: [index],
          message: `${cell.title}: ${text} is not one of the PCI devices of ${root.title}`,
          requested: 'a device that the root cell has',
          actual: formatBdf(device.domain, device.bdf),
        };
      }
    }),
  },
  {
    id: 'cell/pci-interrupts',
    only: ['x86'],
    item: 'pciDevices',
    severity: 'warning',
    after: ['system/architecture', 'cell/pci-unknown'],
    symptom: "the guest says `can't find IRQ for PCI INT A`, and the device's driver gets no interrupts",
    fix: 'give the cell a device with MSI or MSI-X; if this one has it, correct .num_msi_vectors or .num_msix_vectors',
    source: 'Jailhouse, hypervisor/arch/x86/pci.c; users’ mails',
    find: eachCell(function* (cell) {
      for (const { index, device, text } of physicalDevices(cell)) {
        const vectors = device.num_msi_vectors + device.num_msix_vectors;
        if (device.type !== PCI_TYPES.device || vectors > 0) continue;
        yield {
          at: [index],
          message: `${cell.title}: ${text} has neither MSI nor MSI-X, and INTx is not forwarded to cells`,
          requested: 'MSI or MSI-X vectors',
          actual: 'none',
        };
      }
    }),
  },
  {
    id: 'cell/pci-fields',
    item: 'pciDevices',
    severity: 'warning',
    symptom: 'Jailhouse ignores the fields: there is no link',
    fix: 'write JAILHOUSE_PCI_TYPE_IVSHMEM (`type: ivshmem`), or leave the fields out',
    source: 'Jailhouse, include/jailhouse/cell-config.h',
    find: each(function* (party) {
      for (const { index, device, text } of physicalDevices(party)) {
        const fields = SHMEM_FIELDS.filter((field) => (device[field] ?? 0) !== 0);
        if (fields.length === 0) continue;
        yield {
          at: [index],
          message: `${party.title}: ${text} is a physical device with the fields of an ivshmem device: ${fields.join(', ')}`,
          requested: 'these fields in ivshmem devices alone',
          actual: fields.map((field) => `${field} ${device[field]}`).join(', '),
        };
      }
    }),
  },
  {
    id: 'cell/pci-bars',
    needs: ['iomem'],
    item: 'pciDevices',
    severity: 'warning',
    after: ['system/architecture', 'cell/pci-physical', 'cell/pci-unknown'],
    symptom: "the driver's first access stops the cell: `Invalid MMIO/RAM read`, `Unhandled data read`",
    fix: 'give the cell a memory region for each BAR (`lspci -v` in the root shows them)',
    source: 'Jailhouse, hypervisor/pci.c; users’ mails',
    find: eachCell(function* (cell, { facts }) {
      const { iomem } = facts ?? {};
      if (!iomem) return;
      const mapped = joined(placedRegions(cell, 'phys_start').map(({ range }) => range));
      for (const { index, device, text } of physicalDevices(cell)) {
        const gaps = barsOf(iomem, linuxName(device)).flatMap((bar) => uncovered(bar, mapped));
        if (gaps.length === 0) continue;
        yield {
          at: [index],
          message: `${cell.title}: no memory region has ${gaps.length === 1 ? 'a BAR' : 'BARs'} of ${text}`,
          requested: 'each BAR in a region of the cell',
          actual: `not mapped: ${gaps.map(describeRange).join(', ')}`,
        };
      }
    }),
  },
  {
    id: 'cell/iommu-unit',
    only: ['x86'],
    needs: ['system'],
    item: 'pciDevices',
    severity: 'warning',
    after: ['system/architecture'],
    symptom: 'the ivshmem devices get no interrupts',
    fix: 'give the ivshmem devices the .iommu of the other devices',
    source: 'Jailhouse, hypervisor/arch/x86/vtd.c; users’ mails',
    find: each(function* (party, { system, root }) {
      if (!system || !root || unitsOf(system) < 2) return;
      const usual = usualUnit(root);
      if (usual === null) return;
      const odd = ivshmemDevices(party).filter(({ device }) => device.iommu !== usual);
      const [first] = odd;
      if (first === undefined) return;
      yield {
        at: [first.index],
        message: `${party.title}: ${plural(odd.length, 'ivshmem device')} ${odd.length === 1 ? 'is' : 'are'} on IOMMU unit ${first.device.iommu}, and nearly all devices of ${root.title} on unit ${usual}`,
        requested: `iommu ${usual}`,
        actual: `iommu ${first.device.iommu}`,
      };
    }),
  },
];
