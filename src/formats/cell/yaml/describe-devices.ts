import { hex } from '../../../base/address.ts';
import type { Versioned } from '../layout-ids.ts';
import { isIvshmem, nameProtocol, PCI_CAP_FLAGS, PCI_TYPES } from '../names.ts';
import { formatBdf, PCI_CAPABILITIES } from '../pci.ts';
import type { PciCapability, PciDevice } from '../records.ts';
import { shmemBarMask } from '../shmem-bars.ts';
import { namesOf } from '../variants.ts';
import type { MemoryNames } from './describe-memory.ts';
import { MSI_FLAGS } from './pci.ts';
import {
  bytesUnlessZero,
  choiceWord,
  fields,
  flagWords,
  hexUnlessZero,
  unlessZero,
  type Plain,
  type PlainMap,
} from './plain.ts';
import { formatSize } from './texts.ts';

/** Whether the device's capabilities are there, so that they can be named. */
const capsAreThere = ({ caps_start, num_caps }: PciDevice, caps: readonly PciCapability[]): boolean =>
  num_caps > 0 && caps_start + num_caps <= caps.length;

/** Names for the capabilities that devices refer to: what they are, and their index. */
export const capNames = (
  devices: readonly PciDevice[],
  caps: readonly PciCapability[],
): (string | null)[] => {
  const used = new Set<number>();
  for (const device of devices) {
    if (!capsAreThere(device, caps)) continue;
    for (let offset = 0; offset < device.num_caps; offset++) used.add(device.caps_start + offset);
  }
  return caps.map(({ id }, index) => {
    if (!used.has(index)) return null;
    const word = choiceWord(PCI_CAPABILITIES, id);
    return `${word.startsWith('0x') ? 'cap' : word}_${index}`;
  });
};

export const describeCaps = (caps: readonly PciCapability[], names: readonly (string | null)[]): PlainMap[] =>
  caps.map(({ id, start, len, flags }, index) =>
    fields({
      name: names[index] ?? undefined,
      id: choiceWord(PCI_CAPABILITIES, id),
      start: hexUnlessZero(start),
      len: unlessZero(len),
      flags: flagWords(PCI_CAP_FLAGS, flags),
    }),
  );

function describeBars(device: PciDevice, version: Versioned): Plain[] | undefined {
  const { num_msix_vectors, bar_mask } = device;
  const usual = isIvshmem(device) ? shmemBarMask(version, num_msix_vectors) : [0, 0, 0, 0, 0, 0];
  return usual.every((mask, index) => mask === bar_mask[index]) ? undefined : bar_mask.map(hex);
}

/** The memory regions of an ivshmem device by their names; an index where there is no such region. */
function describeShmemRegions(device: PciDevice, memory: MemoryNames): Plain | undefined {
  const first = device.shmem_regions_start ?? device.shmem_region ?? 0;
  if (!isIvshmem(device)) return unlessZero(first);
  return memory.referencesFrom(device) ?? String(first);
}

export function describePciDevice(
  device: PciDevice,
  version: Versioned,
  memory: MemoryNames,
  caps: readonly (string | null)[],
  allCaps: readonly PciCapability[],
): PlainMap {
  const { caps_start, num_caps, shmem_protocol } = device;
  const named = capsAreThere(device, allCaps);
  return fields({
    type: choiceWord(PCI_TYPES, device.type),
    bdf: formatBdf(device.domain, device.bdf),
    iommu: unlessZero(device.iommu),
    bar_mask: describeBars(device, version),
    caps: named ? caps.slice(caps_start, caps_start + num_caps).map(String) : undefined,
    caps_start: named ? undefined : unlessZero(caps_start),
    num_caps: named ? undefined : unlessZero(num_caps),
    num_msi_vectors: unlessZero(device.num_msi_vectors),
    msi_flags: flagWords(MSI_FLAGS, device.msi_flags),
    num_msix_vectors: unlessZero(device.num_msix_vectors),
    msix_region_size: unlessZero(device.msix_region_size, formatSize),
    msix_address: hexUnlessZero(device.msix_address),
    shmem_regions: describeShmemRegions(device, memory),
    shmem_dev_id: unlessZero(device.shmem_dev_id),
    shmem_peers: unlessZero(device.shmem_peers),
    shmem_protocol:
      shmem_protocol === 0
        ? undefined
        : (nameProtocol(namesOf(version).shmemProtocols, shmem_protocol) ?? hex(shmem_protocol)),
    padding: device.padding && bytesUnlessZero(device.padding),
  });
}
