import { describeSize, hex } from '../../../base/address.ts';
import { isRootShared } from '../../../formats/cell/memory.ts';
import { regionName } from '../../../formats/cell/origins.ts';
import type { MemoryRegion } from '../../../formats/cell/records.ts';
import { betweenAll, type Breach, type CellRule, type Found } from '../rule.ts';
import type { Party, Scene } from '../scene.ts';
import {
  deviceText,
  ivshmemDevices,
  linkText,
  protocolText,
  REFUSED,
  sectionText,
  shmemRegions,
  speaksWith,
  type Ivshmem,
} from '../shmem.ts';

/** The devices of two parties that are ends of one link. Configs of different revisions cannot be compared. */
function* links(one: Party, other: Party): Iterable<[Ivshmem, Ivshmem]> {
  if (one.revision !== other.revision) return;
  const theirs = ivshmemDevices(other);
  for (const mine of ivshmemDevices(one)) {
    for (const peer of theirs) if (peer.device.bdf === mine.device.bdf) yield [mine, peer];
  }
}

/** A rule about the two ends of a link. */
const onLinks = (
  judge: (one: Party, mine: Ivshmem, other: Party, peer: Ivshmem) => Iterable<Breach>,
): CellRule['find'] =>
  betweenAll(function* (one, other) {
    for (const [mine, peer] of links(one, other)) yield* judge(one, mine, other, peer);
  });

const memoryText = ({ phys_start, size }: MemoryRegion): string =>
  size === 0n ? 'none' : `${describeSize(size)} at ${hex(phys_start)}`;

const isSameMemory = (a: MemoryRegion, b: MemoryRegion): boolean =>
  a.size === b.size && (a.size === 0n || a.phys_start === b.phys_start);

/** From revision 12 on Jailhouse does not compare what the ends have: each gets what its own config says. */
const NOT_COMPARED = {
  severity: 'warning',
  symptom: 'Jailhouse starts the cells, but the link never comes up',
} as const;

/** Sections that the peers must have alike; only the first that differs is told. */
function* differentMemory(one: Party, mine: Ivshmem, other: Party, peer: Ivshmem): Iterable<Breach> {
  const [ours, theirs] = [shmemRegions(one, mine), shmemRegions(other, peer)];
  // A different number of peers has a rule of its own.
  if (!ours || !theirs || mine.peers !== peer.peers) return;
  const at = ours.findIndex((region, index) => !isSameMemory(region, theirs[index]!));
  if (at < 0) return;
  const section = sectionText(mine.sections[at]!);
  const [here, there] = [mine.sections[at]!.index, peer.sections[at]!.index];
  yield {
    ...(ours.length > 1 ? NOT_COMPARED : {}),
    at: [here, there],
    message: `${one.title} and ${other.title} have different memory for the ivshmem device ${linkText(mine)}: the ${section} is ${regionName(one.description, here, 'region')} here, ${regionName(other.description, there, '')} there`,
    requested: `the same physical memory and size in both`,
    actual: `${one.title}: ${memoryText(ours[at]!)}; ${other.title}: ${memoryText(theirs[at]!)}`,
  };
}

/** The root cell loses memory that a cell takes without sharing it. */
function* takenFromRoot(one: Party, mine: Ivshmem, other: Party, peer: Ivshmem): Iterable<Breach> {
  if (one.index !== null) return;
  const taken = (shmemRegions(other, peer) ?? []).flatMap((region, at) =>
    region.size > 0n && !isRootShared(region) ? [peer.sections[at]!.index] : [],
  );
  if (taken.length === 0) return;
  const names = [...new Set(taken.map((index) => regionName(other.description, index, '')))].join(', ');
  const regions = other.description.origins ? names : `region${taken.length === 1 ? '' : 's'} ${names}`;
  yield {
    at: [mine.sections[0]!.index, taken[0]!],
    message: `${other.title} shares the ivshmem device ${linkText(mine)} with ${one.title}, but takes its memory (${regions}) from it`,
    requested: 'ROOTSHARED on all regions of the device',
    actual: `not on ${regions}`,
  };
}

/** Up to revision 11 a link has two ends. */
function* crowdedLinks({ root, cells }: Scene): Iterable<Found> {
  const ends = new Map<number, { of: Party[]; device: Ivshmem }>();
  for (const party of root ? [root, ...cells] : cells) {
    for (const device of ivshmemDevices(party)) {
      if (device.devId !== null) continue;
      const link = ends.get(device.device.bdf) ?? { of: [], device };
      link.of.push(party);
      ends.set(device.device.bdf, link);
    }
  }
  for (const { of, device } of ends.values()) {
    if (of.length <= 2) continue;
    yield {
      of,
      message: `${of.map(({ title }) => title).join(', ')} all have the ivshmem device ${linkText(device)}, which links two`,
      requested: '2 cells',
      actual: `${of.length}`,
    };
  }
}

function* lonelyDevices({ root, cells, isComplete }: Scene): Iterable<Found> {
  if (!root || !isComplete) return;
  const parties = [root, ...cells];
  for (const cell of cells) {
    for (const mine of ivshmemDevices(cell)) {
      const hasPeer = parties.some(
        (party) =>
          party !== cell && ivshmemDevices(party).some(({ device }) => device.bdf === mine.device.bdf),
      );
      if (hasPeer) continue;
      yield {
        of: [cell],
        at: [mine.index],
        message: `${deviceText(cell, mine)} is at ${linkText(mine)}, where none of the given cells has the other end`,
        requested: `an ivshmem device at ${linkText(mine)} in another cell`,
        actual: 'not in the configs that were given',
      };
    }
  }
}

/** What the ends of an ivshmem link must have in common. */
export const LINK_RULES: readonly CellRule[] = [
  {
    id: 'cell/shmem-memory',
    item: 'memoryRegions',
    severity: 'error',
    after: ['system/architecture'],
    symptom: REFUSED,
    fix: 'give both ends of the link the same regions in the same order',
    source: 'Jailhouse, hypervisor/ivshmem.c',
    comparesCells: true,
    find: onLinks(differentMemory),
  },
  {
    id: 'cell/shmem-rootshared',
    item: 'memoryRegions',
    severity: 'error',
    after: ['system/architecture'],
    symptom: 'the root cell stops at its next access to the shared memory',
    fix: "flag the device's regions JAILHOUSE_MEM_ROOTSHARED in the cell",
    source: 'Jailhouse, hypervisor/control.c; Jailhouse 0.12, Documentation/inter-cell-communication.md',
    comparesCells: true,
    find: onLinks(takenFromRoot),
  },
  {
    id: 'cell/shmem-same-dev-id',
    item: 'pciDevices',
    severity: 'error',
    after: ['system/architecture'],
    symptom: 'JAILHOUSE_CELL_CREATE: Device or resource busy',
    fix: 'give each end of the link a .shmem_dev_id of its own',
    source: 'Jailhouse 0.12, hypervisor/ivshmem.c; users’ mails',
    comparesCells: true,
    find: onLinks(function* (one, mine, other, peer) {
      if (mine.devId === null || mine.devId !== peer.devId) return;
      yield {
        at: [mine.index, peer.index],
        message: `${one.title} and ${other.title} are both peer ${mine.devId} of the ivshmem device ${linkText(mine)}`,
        requested: 'a shmem_dev_id of its own for each',
        actual: `${mine.devId} for both`,
      };
    }),
  },
  {
    id: 'cell/shmem-peers',
    item: 'pciDevices',
    severity: 'warning',
    after: ['system/architecture'],
    symptom: 'Jailhouse starts the cells; what one end writes the other may look for elsewhere',
    fix: 'give all ends of the link the same .shmem_peers',
    source: 'Jailhouse 0.12, hypervisor/ivshmem.c',
    comparesCells: true,
    find: onLinks(function* (one, mine, other, peer) {
      if (mine.peers === peer.peers) return;
      yield {
        at: [mine.index, peer.index],
        message: `${one.title} and ${other.title} count the peers of the ivshmem device ${linkText(mine)} differently`,
        requested: 'the same shmem_peers in both',
        actual: `${one.title}: ${mine.peers}, ${other.title}: ${peer.peers}`,
      };
    }),
  },
  {
    id: 'cell/shmem-protocol',
    item: 'pciDevices',
    severity: 'error',
    after: ['system/architecture'],
    symptom: 'the link never comes up, or JAILHOUSE_CELL_CREATE: Invalid argument up to Jailhouse 0.11',
    fix: 'give both ends the same .shmem_protocol, or the front and the back end of one virtio device',
    source: 'Jailhouse, hypervisor/ivshmem.c; Jailhouse 0.12, include/jailhouse/cell-config.h',
    comparesCells: true,
    find: onLinks(function* (one, mine, other, peer) {
      if (speaksWith(mine, peer)) return;
      yield {
        at: [mine.index, peer.index],
        message: `${one.title} and ${other.title} use different protocols on the ivshmem device ${linkText(mine)}`,
        requested: 'the same protocol, or the two ends of one virtio device',
        actual: `${one.title}: ${protocolText(one, mine)}, ${other.title}: ${protocolText(other, peer)}`,
      };
    }),
  },
  {
    id: 'cell/shmem-crowd',
    needs: ['other-cells'],
    severity: 'error',
    after: ['system/architecture'],
    symptom: 'JAILHOUSE_CELL_CREATE: Device or resource busy',
    fix: 'give each two cells an ivshmem device of their own, at another bus, device or function',
    source: 'Jailhouse, hypervisor/ivshmem.c',
    comparesCells: true,
    find: crowdedLinks,
  },
  {
    id: 'cell/shmem-alone',
    needs: ['all-cells'],
    item: 'pciDevices',
    severity: 'info',
    after: ['system/architecture'],
    symptom: 'the link never comes up',
    fix: 'compare .bdf with that of the other end; the ends of a link have the same',
    source: 'Jailhouse, hypervisor/ivshmem.c',
    comparesCells: true,
    find: lonelyDevices,
  },
];
