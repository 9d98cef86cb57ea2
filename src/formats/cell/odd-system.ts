import { hex } from '../../base/address.ts';
import { nameFlags, type RevisionNames } from './names.ts';
import { isOffPage, type Oddity } from './oddity.ts';
import type { MemoryRegion } from './records.ts';

const LARGEST_HYPERVISOR = 1n << 30n;

/** What a system config says in front of its platform, by its ABI names. */
export interface SystemStart {
  flags?: number;
  hypervisor_memory: MemoryRegion;
  pci_mmconfig_base: bigint;
  pci_is_virtual: number;
}

export function systemOddities(
  { flags = 0, hypervisor_memory, pci_mmconfig_base, pci_is_virtual }: SystemStart,
  names: RevisionNames,
): Oddity[] {
  const { phys_start, virt_start, size, flags: memoryFlags } = hypervisor_memory;
  const isPlausible =
    virt_start === 0n &&
    memoryFlags === 0n &&
    !isOffPage(phys_start) &&
    !isOffPage(size) &&
    size > 0n &&
    size <= LARGEST_HYPERVISOR;
  const { unknown } = nameFlags(names.systemFlags, flags);
  return [
    ...(isPlausible
      ? []
      : [
          {
            subject: 'hypervisor memory' as const,
            text: `the hypervisor's memory is ${hex(size)} bytes at ${hex(phys_start)}, with virt_start ${hex(virt_start)} and flags ${hex(memoryFlags)}`,
          },
        ]),
    ...(pci_is_virtual <= 1 && !isOffPage(pci_mmconfig_base)
      ? []
      : [
          {
            subject: 'PCI host' as const,
            text: `pci_is_virtual is ${pci_is_virtual}, pci_mmconfig_base ${hex(pci_mmconfig_base)}`,
          },
        ]),
    ...(unknown === 0n
      ? []
      : [{ subject: 'PCI host' as const, text: `the system has the unknown flags ${hex(unknown)}` }]),
  ];
}
