import { hex } from '../../base/address.ts';
import { holds } from '../../base/ranges.ts';
import { placedRegions, regionText } from '../../checks/cell/ranges.ts';
import { isForDma } from '../../formats/cell/memory.ts';
import { formatBdf } from '../../formats/cell/pci.ts';
import type { Machine } from './machine.ts';
import { holderOf } from './pci.ts';

/** What an IOMMU reported. */
export interface DmaFault {
  bdf: number;
  /** The unit that reported it; `null`: not said. */
  unit: number | null;
  /** What the device asked for; `null`: it was an interrupt. */
  address: bigint | null;
}

/** Whose device it is, and what its cell has at the address. */
export function nameDma(machine: Machine, { bdf, unit, address }: DmaFault): string[] {
  const shown = formatBdf(machine.scene.system?.pciDomain ?? 0, bdf);
  const holder = holderOf(machine, bdf);
  if (holder === null)
    return [`${shown} is in none of the configs that were given, so the unit knows nothing of it`];
  const { party, device } = holder;
  const sentences = [`${shown} belongs to ${party.title}`];
  if (unit !== null && device.iommu !== unit) {
    sentences.push(
      `its entry says iommu ${device.iommu}, and unit ${unit} reported the fault: the entry's \`iommu\` is wrong`,
    );
  }
  if (address === null) {
    const { num_msi_vectors, num_msix_vectors } = device;
    return [...sentences, `its entry has ${num_msi_vectors} MSI and ${num_msix_vectors} MSI-X vectors`];
  }
  // A device sees memory where its guest does.
  const placed = placedRegions(party, 'virt_start').find(({ range }) => holds(range, address));
  return [
    ...sentences,
    placed === undefined
      ? `it asked for ${hex(address)}, which no region of ${party.title} covers`
      : `it asked for ${hex(address)}, in ${regionText(placed)} of ${party.title}, which ${isForDma(placed.region) ? 'has dma' : 'lacks dma'}`,
  ];
}
