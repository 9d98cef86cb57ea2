import type { SystemConfig } from '../../src/formats/cell/types.ts';
import type { Revision } from '../../src/formats/cell/releases.ts';
import { at, makeMachine } from './machine.ts';

const MIB = 1n << 20n;
/** The root cell's network card: with BARs, MSI and a capability. */
const NIC = 0x8;
/** A device with BARs and neither MSI nor MSI-X. */
const LEGACY = 0x10;

/** A PC of four CPUs with 1 GiB of RAM, the hypervisor above it, and two PCI devices. */
export function pcSystem(revision: Revision = 14): SystemConfig {
  const { system } = makeMachine({ revision, architecture: 'x86', cpus: [1, 1, 1] });
  const [device] = system.rootCell.pciDevices;
  const bars = { bar_mask: [0xfffff000, 0, 0, 0, 0, 0], msix_region_size: 0x1000, msix_address: 0xfe001000n };
  system.hypervisorMemory.phys_start = 0x40000000n;
  system.rootCell.memoryRegions = [at(0n, 1024n * MIB, 0x4fn), at(0xfe000000n, 4n * MIB, 3n)];
  system.rootCell.pciDevices = [
    { ...device!, ...bars, bdf: NIC, num_msix_vectors: 4 },
    { ...device!, ...bars, bdf: LEGACY, num_msi_vectors: 0, num_msix_vectors: 0, msix_region_size: 0 },
  ];
  return system;
}

/** /proc/iomem of {@link pcSystem}. */
export const PC_IOMEM = `00000000-3fffffff : System RAM
  01000000-01ffffff : Kernel code
fe000000-fe3fffff : PCI Bus 0000:00
  fe000000-fe003fff : 0000:00:01.0
  fe010000-fe010fff : 0000:00:02.0
`;
