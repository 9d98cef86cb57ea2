import type { Party } from '../../checks/cell/scene.ts';
import { SPI_BASE } from '../../formats/dtb/gic.ts';
import { usesIntx } from '../../formats/cell/names.ts';
import type { PciDevice } from '../../formats/cell/records.ts';
import { pinsOf } from '../../formats/cell/resources.ts';
import { partiesOf, type Machine } from './machine.ts';

const hasPin = ({ description }: Party, pin: number): boolean =>
  description.irqchips.some((chip) => pinsOf(chip).includes(pin));

const ownersText = (machine: Machine, pin: number): string => {
  const owners = partiesOf(machine).filter((party) => hasPin(party, pin));
  return owners.length === 0
    ? 'is in no irqchip of the configs that were given'
    : `is in the irqchips of ${owners.map(({ title }) => title).join(' and ')}`;
};

/** The interrupt of an ivshmem device without MSI-X: four in a row, by the device's number. */
export const vpciPin = ({ description }: Party, { bdf }: Pick<PciDevice, 'bdf'>): number =>
  description.header.vpci_irq_base + ((bdf >> 3) & 3) + SPI_BASE;

const vpciOf = (party: Party, pin: number): string | null => {
  const device = party.description.pciDevices.find((each) => usesIntx(each) && vpciPin(party, each) === pin);
  return device === undefined
    ? null
    : `the virtual PCI device ${device.bdf >> 3} of ${party.title} raises it`;
};

/** Whose an interrupt of a GIC is, by the number that the hypervisor prints: SPI n is n + 32. */
export function nameGicInterrupt(machine: Machine, irq: number): string[] {
  const virtual = partiesOf(machine).flatMap((party) => vpciOf(party, irq) ?? []);
  const spi = irq >= SPI_BASE ? ` (SPI ${irq - SPI_BASE})` : '';
  return [`interrupt ${irq}${spi} ${ownersText(machine, irq)}`, ...virtual];
}

/** Entries of an IOAPIC's table are two registers each, from 0x10 on. */
export function nameIoapicIndex(machine: Machine, owner: Party | null, index: number): string[] {
  if (index < 0x10) return [];
  const pin = (index - 0x10) >> 1;
  const own =
    owner === null
      ? ''
      : hasPin(owner, pin)
        ? `, which ${owner.title} has`
        : `, which ${owner.title} does not have`;
  return [
    `index 0x${index.toString(16)} is the entry of pin ${pin}${own}; pin ${pin} ${ownersText(machine, pin)}`,
  ];
}
