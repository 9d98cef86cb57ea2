import { plural } from '../../base/text.ts';
import { ivshmemDevices, linkText, type Ivshmem } from '../../checks/cell/shmem.ts';
import type { Party } from '../../checks/cell/scene.ts';
import { partiesOf, type Machine } from './machine.ts';
import { nameGicInterrupt, vpciPin } from './interrupts.ts';

interface Held {
  party: Party;
  link: Ivshmem;
}

const heldOf = (machine: Machine, bdf: number | null): Held[] =>
  partiesOf(machine).flatMap((party) =>
    ivshmemDevices(party)
      .filter(({ device }) => bdf === null || device.bdf === bdf)
      .map((link) => ({ party, link })),
  );

const titleOf = ({ party, link }: Held): string => `the ivshmem device ${linkText(link)} of ${party.title}`;

/** The interrupt of an ivshmem device that got none, in every config that has the device. */
export function nameIvshmemInterrupt(machine: Machine, bdf: number): string[] {
  const held = heldOf(machine, bdf);
  if (held.length === 0) return ['no config that was given has an ivshmem device of that number'];
  return held.flatMap((each) => {
    const { party, link } = each;
    const vectors = link.device.num_msix_vectors;
    if (vectors > 0) return [`${titleOf(each)} has ${plural(vectors, 'MSI-X vector')}`];
    const pin = machine.scene.architecture === 'x86' ? null : vpciPin(party, link.device);
    return pin === null
      ? [`${titleOf(each)} has no MSI-X vector, and x86 has no other interrupt for it`]
      : [`${titleOf(each)} raises interrupt ${pin}`, ...nameGicInterrupt(machine, pin).slice(0, 1)];
  });
}

/** What the configs say of devices that the hypervisor refused: the regions that they name, and their places. */
export function nameRefusedIvshmem(machine: Machine, bdf: number | null): string[] {
  return heldOf(machine, bdf).map((each) => {
    const { link, party } = each;
    const { sections, devId, peers } = link;
    const count = party.description.memoryRegions.length;
    const last = Math.max(...sections.map(({ index }) => index));
    const regions =
      last === sections[0]!.index
        ? `memory region ${last}`
        : `memory regions ${sections[0]!.index} to ${last}`;
    const place = devId === null ? '' : `, is peer ${devId} of ${peers}`;
    const end = last < count ? '' : `, and its config has ${plural(count, 'memory region')} only`;
    return `${titleOf(each)} has ${regions}${place}${end}`;
  });
}
