import type { Party } from '../../checks/cell/scene.ts';
import { describeNumbers } from '../../base/runs.ts';
import { cpusOf } from '../../formats/cell/resources.ts';
import { nameRefusedIvshmem } from './ivshmem.ts';
import { partiesOf, type Machine } from './machine.ts';
import { pciDeviceText, msixSentences } from './pci.ts';
import { vectorsText } from './vectors.ts';

/** Where the hypervisor gave up, and what it was about. */
export interface TracePlace {
  file: string;
  errno: string | null;
  /** The device that was being added; `null`: none. */
  bdf: number | null;
}

const cpusText = (party: Party): string =>
  `the CPUs of ${party.title} are ${describeNumbers(cpusOf(party.description)) || 'none'}`;

/** The CPUs of the root cell's config, and of the cells'. */
const everyCpu = (machine: Machine): string[] => partiesOf(machine).map(cpusText);

/** What the configs say of a PCI device that was being added. */
export function nameAddedDevice(machine: Machine, owner: Party | null, bdf: number): string[] {
  return [pciDeviceText(machine, owner, bdf), ...msixSentences(machine, bdf)];
}

/** What the configs say of a place of the hypervisor that gave up. */
export function nameTrace(machine: Machine, owner: Party | null, { file, errno, bdf }: TracePlace): string[] {
  const name = file.split('/').at(-1)!;
  if (name === 'setup.c') return machine.scene.root === null ? [] : [cpusText(machine.scene.root)];
  if (name === 'control.c' && errno === 'EBUSY') return everyCpu(machine);
  if (name === 'ivshmem.c') return nameRefusedIvshmem(machine, bdf);
  return [
    ...(name === 'vtd.c' && errno === 'E2BIG' ? vectorsText(machine) : []),
    ...(bdf === null ? [] : nameAddedDevice(machine, owner, bdf)),
  ];
}
