import { hex } from '../../base/address.ts';
import { describeRange, holds } from '../../base/ranges.ts';
import { physicalRegions, regionText } from '../../checks/cell/ranges.ts';
import { interceptedResources, PCI_MMCONFIG } from '../../checks/cell/resources.ts';
import type { Party } from '../../checks/cell/scene.ts';
import { isDevice, isRam, isRootShared } from '../../formats/cell/memory.ts';
import { formatBdf } from '../../formats/cell/pci.ts';
import type { SystemConfig } from '../../formats/cell/types.ts';
import { partiesOf, type Machine } from './machine.ts';
import { configRegisterText } from './pci.ts';
import { controllerRegister } from './registers.ts';
import { sectionAt } from './sections.ts';

/** What is at a physical address beside the owner's regions. */
export interface Landmark {
  /** A region of another cell's config, or a thing of the machine itself. */
  kind: 'region' | 'machine';
  isRam: boolean;
  /** `the IOAPIC` */
  name: string;
  /** With all that is known of it. */
  text: string;
}

function resourceLandmarks(system: SystemConfig, owner: Party | null, address: bigint): Landmark[] {
  return interceptedResources(system)
    .filter(({ range }) => holds(range, address))
    .map(({ name, range }): Landmark => {
      const offset = address - range.start;
      if (name === PCI_MMCONFIG) {
        const [bdf, register] = [Number(offset >> 12n), Number(offset & 0xfffn)];
        const device = formatBdf(system.pciDomain ?? 0, bdf);
        return {
          kind: 'machine',
          isRam: false,
          name: `the PCI configuration of ${device}`,
          text: `the PCI configuration (MMCONFIG): device ${device}, ${configRegisterText(owner, bdf, register)}`,
        };
      }
      const register = controllerRegister(name, offset);
      const where =
        register === null ? `${hex(offset)} after its start` : `${hex(offset)} after its start, ${register}`;
      return {
        kind: 'machine',
        isRam: false,
        name: `the ${name}`,
        text: `the ${name} of the machine (${describeRange(range)}), ${where}: the hypervisor keeps it from all cells, and emulates what a cell may do with it`,
      };
    });
}

function hypervisorLandmarks({ hypervisorMemory }: SystemConfig, address: bigint): Landmark[] {
  const range = { start: hypervisorMemory.phys_start, size: hypervisorMemory.size };
  if (!holds(range, address)) return [];
  const text = `the memory of the hypervisor (${describeRange(range)}), which all cells are kept from`;
  return [{ kind: 'machine', isRam: false, name: 'the memory of the hypervisor', text }];
}

/** The regions that others have there; memory of the root cell that cells took from it comes first. */
function regionLandmarks(machine: Machine, owner: Party | null, address: bigint): Landmark[] {
  const others = partiesOf(machine).filter((party) => party !== owner);
  const cellsFirst = others.toSorted((a, b) => Number(a.index === null) - Number(b.index === null));
  return cellsFirst.flatMap((party) =>
    physicalRegions(party)
      .filter(({ range }) => holds(range, address))
      .map((placed): Landmark => {
        const section = sectionAt(party, placed.index);
        const what =
          section === null ? (isDevice(placed.region) ? ', registers of a device' : '') : `, ${section}`;
        const shared = isRootShared(placed.region) ? ', shared with the root cell' : '';
        return {
          kind: 'region',
          isRam: isRam(placed.region),
          name: `${placed.name} of ${party.title}`,
          text: `${regionText(placed)} of ${party.title}${what}${shared}`,
        };
      }),
  );
}

/** What is at a physical address, the most telling first. */
export const landmarksAt = (machine: Machine, owner: Party | null, address: bigint): Landmark[] => {
  const { system } = machine.scene;
  return [
    ...(system === null ? [] : resourceLandmarks(system, owner, address)),
    ...(system === null ? [] : hypervisorLandmarks(system, address)),
    ...regionLandmarks(machine, owner, address),
  ];
};
