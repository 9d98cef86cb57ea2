import { cpusOf } from '../../formats/cell/resources.ts';
import { APIC_MODES, isIvshmem, nameProtocol } from '../../formats/cell/names.ts';
import { namesOf } from '../../formats/cell/variants.ts';
import { ramRanges } from '../../formats/cell/memory.ts';
import type { CellConfig } from '../../formats/cell/types.ts';
import type { CellEvidence } from './evidence.ts';
import type { CellTrait } from './rule.ts';

/** Less RAM leaves a kernel that wants to choose its address nothing to choose from. */
export const SMALL_MEMORY = 128n << 20n;

/** What the cell's ivshmem devices speak: `veth`, `undefined`, `virtio_front:console`; a number without a name is left out. */
export const protocolsOf = (cell: CellConfig): string[] =>
  cell.pciDevices
    .filter(isIvshmem)
    .map(({ shmem_protocol }) => nameProtocol(namesOf(cell).shmemProtocols, shmem_protocol))
    .filter((name) => name !== null);

const TRAITS: Readonly<Record<CellTrait, (cell: CellEvidence) => boolean | null>> = {
  'several-cpus': ({ config }) => cpusOf(config).length > 1,
  'pci-devices': ({ config }) => config.pciDevices.length > 0,
  ivshmem: ({ config }) => config.pciDevices.some(isIvshmem),
  'ivshmem-net': ({ config }) => protocolsOf(config).includes('veth'),
  'ivshmem-uio': ({ config }) => protocolsOf(config).includes('undefined'),
  'ivshmem-virtio': ({ config }) => protocolsOf(config).some((name) => name.startsWith('virtio_front')),
  'x2apic-forced': ({ system }) => system && system.platform.fields.apic_mode === APIC_MODES.x2apic,
  'small-memory': ({ config }) => ramRanges(config).reduce((sum, { size }) => sum + size, 0n) < SMALL_MEMORY,
};

/** `null`: the system config would tell, and was not given. */
export const hasTrait = (cell: CellEvidence, trait: CellTrait): boolean | null => TRAITS[trait](cell);
