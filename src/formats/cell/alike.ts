import type { Attempt } from './attempt.ts';
import type { Fork } from './forks.ts';
import { layoutIdOf, type LayoutId } from './layout-ids.ts';
import type { LayoutShape } from './layouts.ts';
import type { PciDevice } from './records.ts';

// Layouts of the same length, which differ in what ivshmem devices end with.

/** Layouts with the same fields in the same places, but for the last ones of ivshmem devices. */
const GROUPS: readonly (readonly LayoutId[])[] = [
  ['std12', 'nxp12', 'git12-old', 'git12-iv-c'],
  ['std13', 'git13-first'],
  ['std9', 'git9-flags'],
  ['std11', 'git11-a', 'git11-b'],
];

/** Forks whose cells are like the standard ones. */
const ALIKE: ReadonlySet<unknown> = new Set(['coloring13']);

export function isAlike(one: Attempt, other: Attempt): boolean {
  if (one.read === null) return false;
  const id = layoutIdOf(one.read);
  if (other.read === null) return id === 'std13' && ALIKE.has((other.shape as Fork).id);
  const otherId = layoutIdOf(other.read);
  return GROUPS.some((group) => group.includes(id) && group.includes(otherId));
}

/** What revision 12's ivshmem devices end with: the fields of its release, or those of revision 11. */
type Tail = 'old' | 'new' | 'same';

const OLD_BAR = 0xffffff00;
const NEW_BARS: ReadonlySet<number> = new Set([0xfffff000, 0xffff0000]);
const OLD_VETH = 0x100;
const OLD_CUSTOM = 0x8000;
const MOST_PEERS = 12;

/** `null`: the device does not tell. */
export function tailOf(device: PciDevice): Tail | null {
  const { shmem_dev_id, shmem_peers, shmem_protocol, padding, bar_mask } = device;
  const [low, high] =
    shmem_peers === undefined
      ? [shmem_protocol, padding![0]! | (padding![1]! << 8)]
      : [shmem_dev_id! | (shmem_peers << 8), shmem_protocol];
  const peers = low >> 8;
  const isZero = low === 0 && high === 0;
  const mayBeOld = high === 0 && (low === 0 || low === OLD_VETH || low >= OLD_CUSTOM);
  const mayBeNew = isZero || (peers >= 1 && peers <= MOST_PEERS);
  const bar = bar_mask[0]!;
  if (bar === OLD_BAR) return mayBeOld ? 'old' : null;
  if (NEW_BARS.has(bar)) return mayBeNew ? 'new' : null;
  if (isZero) return 'same';
  if (mayBeOld === mayBeNew) return null;
  return mayBeOld ? 'old' : 'new';
}

export const hasNewTail = ({ shape }: Attempt): boolean =>
  shape.tables.some(
    ({ part, record }) => part === 'pciDevices' && 'shmem_peers' in (record as LayoutShape['header']).fields,
  );
