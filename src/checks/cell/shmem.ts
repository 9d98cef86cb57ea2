import { isIvshmem, nameProtocol } from '../../formats/cell/names.ts';
import { namesOf } from '../../formats/cell/variants.ts';
import { hex } from '../../base/address.ts';
import type { Versioned } from '../../formats/cell/layout-ids.ts';
import type { MemoryRegion, PciDevice } from '../../formats/cell/records.ts';
import type { Party } from './scene.ts';

/** One part of an ivshmem device's memory, and what it is for. */
export interface Section {
  role: 'shared memory' | 'state table' | 'common section' | 'output section';
  /** Of an output section: the peer that writes it. */
  writer: number | null;
  /** The region's place in the cell's config. */
  index: number;
}

/** An ivshmem device of a cell; up to revision 11 it has no id and always two peers. */
export interface Ivshmem {
  index: number;
  device: PciDevice;
  /** The first of its regions, and the sections in their order. */
  sections: Section[];
  devId: number | null;
  peers: number;
}

/** Up to revision 11 one region; then the state table, the common section, and one output section for each peer. */
function sectionsOf(device: PciDevice): Section[] {
  const start = device.shmem_regions_start;
  if (start === undefined) {
    return [{ role: 'shared memory', writer: null, index: device.shmem_region ?? 0 }];
  }
  const outputs = Array.from({ length: device.shmem_peers ?? 0 }, (_, writer): Section => ({
    role: 'output section',
    writer,
    index: start + 2 + writer,
  }));
  return [
    { role: 'state table', writer: null, index: start },
    { role: 'common section', writer: null, index: start + 1 },
    ...outputs,
  ];
}

export const ivshmemDevices = ({ description }: Pick<Party, 'description'>): Ivshmem[] =>
  description.pciDevices.flatMap((device, index) =>
    isIvshmem(device)
      ? [
          {
            index,
            device,
            sections: sectionsOf(device),
            devId: device.shmem_dev_id ?? null,
            peers: device.shmem_regions_start === undefined ? 2 : (device.shmem_peers ?? 0),
          },
        ]
      : [],
  );

/** Indices of the regions that ivshmem devices share. */
export const sharedRegions = (description: Party['description']): Set<number> =>
  new Set(ivshmemDevices({ description }).flatMap(({ sections }) => sections.map(({ index }) => index)));

/** The device's memory in section order; `null` if it points behind the cell's last region. */
export function shmemRegions(
  { description }: Pick<Party, 'description'>,
  { sections }: Ivshmem,
): MemoryRegion[] | null {
  const regions = sections.map(({ index }) => description.memoryRegions[index]);
  return regions.every((region) => region !== undefined) ? regions : null;
}

/** `output section of peer 1` */
export const sectionText = ({ role, writer }: Section): string =>
  writer === null ? role : `${role} of peer ${writer}`;

export const deviceText = (party: Party, { index }: Ivshmem): string =>
  `PCI device ${index} (ivshmem) of ${party.title}`;

/** What is seen where the hypervisor refuses a device. */
export const REFUSED = 'JAILHOUSE_CELL_CREATE: Invalid argument';

/** `00:0e.0`: Jailhouse links devices by bus, device and function alone. */
export function linkText({ device: { bdf } }: Ivshmem): string {
  const digits = (value: number): string => value.toString(16).padStart(2, '0');
  return `${digits(bdf >> 8)}:${digits((bdf >> 3) & 31)}.${bdf & 7}`;
}

export function protocolText(party: Versioned, { device }: Ivshmem): string {
  const protocol = device.shmem_protocol;
  const name = nameProtocol(namesOf(party).shmemProtocols, protocol);
  return name === null ? hex(protocol) : `${hex(protocol)} (${name})`;
}

/** The bit that tells the two ends of a virtio device apart: front is 0x8000 + device, back 0xc000 + device. */
const VIRTIO = 0x8000;
const VIRTIO_BACK = 0x4000;

/** Whether two ends speak with each other: the same protocol, or the front and the back of one virtio device. */
export function speaksWith({ device: one }: Ivshmem, { device: other }: Ivshmem): boolean {
  const [a, b] = [one.shmem_protocol, other.shmem_protocol];
  const isVirtio = one.shmem_regions_start !== undefined && a >= VIRTIO && b >= VIRTIO;
  return isVirtio ? (a ^ b) === VIRTIO_BACK : a === b;
}
