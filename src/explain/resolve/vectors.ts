import { plural } from '../../base/text.ts';
import { partiesOf, type Machine } from './machine.ts';

/** Pins of an IOAPIC that an entry is kept for (Intel, 82093AA): the hypervisor reserves them all. */
const IOAPIC_PINS = 24;

/** How many entries of the interrupt table the configs ask for, and how many there are; none where that is not known. */
export function vectorsText(machine: Machine): string[] {
  const { system } = machine.scene;
  const limit = system?.platform.fields.vtd_interrupt_limit;
  if (system === null || limit === undefined) return [];
  const devices = new Map<number, number>();
  for (const { description } of partiesOf(machine)) {
    for (const { bdf, num_msi_vectors, num_msix_vectors } of description.pciDevices) {
      devices.set(bdf, Math.max(devices.get(bdf) ?? 0, num_msi_vectors, num_msix_vectors));
    }
  }
  const vectors = [...devices.values()].reduce((sum, count) => sum + count, 0);
  const chips = new Set(
    partiesOf(machine).flatMap(({ description }) =>
      description.irqchips.map(({ address, id }) => `${address} ${id}`),
    ),
  );
  const sum = vectors + chips.size * IOAPIC_PINS;
  return [
    `the PCI devices of the configs have ${vectors} interrupt vectors, and ${plural(chips.size, 'irqchip')} about ${chips.size * IOAPIC_PINS} more: ${sum} of the ${limit} that vtd_interrupt_limit allows`,
  ];
}
