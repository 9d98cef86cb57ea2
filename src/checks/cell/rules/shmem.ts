import { describeSize, hex } from '../../../base/address.ts';
import { isReadable, isWritable } from '../../../formats/cell/memory.ts';
import { regionName } from '../../../formats/cell/origins.ts';
import type { MemoryRegion } from '../../../formats/cell/records.ts';
import { each, type Breach, type CellRule } from '../rule.ts';
import type { Party } from '../scene.ts';
import { deviceText, ivshmemDevices, REFUSED, sectionText, shmemRegions, type Ivshmem } from '../shmem.ts';

/** Jailhouse has room for as many peers (hypervisor/ivshmem.c, IVSHMEM_MAX_PEERS). */
const MOST_PEERS = 12;

/** Up to revision 11 devices have no id. */
const hasValidId = ({ devId, peers }: Ivshmem): boolean => devId === null || (peers >= 2 && devId < peers);

/** What keeps a device's sections from being what their place says, the worst first. */
function* misplaced(party: Party, device: Ivshmem): Iterable<Breach> {
  const regions = shmemRegions(party, device);
  if (!regions) return;
  const about = (at: number, what: string): Pick<Breach, 'at' | 'message'> => {
    const section = device.sections[at]!;
    const name = regionName(party.description, section.index);
    return {
      at: [section.index],
      message: `${deviceText(party, device)}: ${name}, its ${sectionText(section)}, ${what}`,
    };
  };
  let end: bigint | null = null;
  for (const [at, { role, writer }] of device.sections.entries()) {
    const region = regions[at]!;
    if (region.size === 0n) {
      if (role === 'state table' || role === 'shared memory')
        yield { ...about(at, 'is empty'), requested: 'at least one page', actual: '0 bytes' };
      continue;
    }
    const wantsWrite = role === 'common section' || role === 'shared memory' || writer === device.devId;
    // Whose output sections they are is not known of a device with a wrong id, which has a rule of its own.
    const isKnown = writer === null || hasValidId(device);
    if (isKnown && (!isReadable(region) || isWritable(region) !== wantsWrite)) {
      yield {
        ...about(at, 'has the wrong flags for its position'),
        // Who may write more than its share does no harm by itself.
        ...(isReadable(region) && !wantsWrite ? SURPLUS : {}),
        requested: wantsWrite ? 'READ and WRITE' : 'READ without WRITE',
        actual: flagsText(region),
      };
    }
    if (end !== null && region.virt_start !== end) {
      yield {
        ...about(at, 'does not follow the section before it'),
        requested: `virt_start ${hex(end)}`,
        actual: hex(region.virt_start),
      };
    }
    end = region.virt_start + region.size;
  }
  const outputs = device.sections.flatMap(({ role }, at) => (role === 'output section' ? [at] : []));
  const odd = outputs.find((at) => regions[at]!.size !== regions[outputs[0]!]!.size);
  if (odd === undefined) return;
  yield {
    ...about(odd, 'has another size than that of peer 0'),
    requested: describeSize(regions[outputs[0]!]!.size),
    actual: describeSize(regions[odd]!.size),
  };
}

const SURPLUS = {
  severity: 'warning',
  symptom: 'the cell can overwrite what another peer sends',
} as const;

const flagsText = (region: MemoryRegion): string =>
  [...(isReadable(region) ? ['READ'] : []), ...(isWritable(region) ? ['WRITE'] : [])].join(' and ') ||
  'neither READ nor WRITE';

/** Jailhouse takes a smaller id for what it is: drivers of both ends have to agree about it. */
const NOT_COMPARED = {
  severity: 'warning',
  symptom: 'Jailhouse starts the cell; the driver of the device may refuse it, or write where no peer reads',
} as const;

/** What an ivshmem device must be by itself. */
export const SHMEM_RULES: readonly CellRule[] = [
  {
    id: 'cell/shmem-dev-id',
    item: 'pciDevices',
    severity: 'error',
    refusesRoot: true,
    symptom: REFUSED,
    fix: 'number the peers of a link from 0 on (.shmem_dev_id), and count them all (.shmem_peers, 2 or more)',
    source: 'Jailhouse 0.12, hypervisor/ivshmem.c',
    find: each(function* (party) {
      for (const device of ivshmemDevices(party)) {
        const { devId, peers } = device;
        if (hasValidId(device)) continue;
        const isRefused = (devId ?? 0) >= MOST_PEERS;
        yield {
          ...(isRefused ? {} : NOT_COMPARED),
          at: [device.index],
          message: `${deviceText(party, device)} is peer ${devId} of ${peers}`,
          requested: peers < 2 ? '2 peers or more' : `a shmem_dev_id of 0 to ${peers - 1}`,
          actual: peers < 2 ? `${peers}` : `${devId}`,
        };
      }
    }),
  },
  {
    id: 'cell/shmem-sections',
    item: 'memoryRegions',
    severity: 'error',
    symptom: 'the ivshmem driver finds no link, or the cell stops at its first write',
    fix: 'order the regions: state table, common section, one output section for each peer; each directly after the one before in guest memory',
    source: 'Jailhouse 0.12, hypervisor/ivshmem.c',
    find: each(function* (party) {
      for (const device of ivshmemDevices(party)) yield* misplaced(party, device);
    }),
  },
];
