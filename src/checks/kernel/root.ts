import { valuesOf, type Cmdline } from '../../formats/kernel/cmdline.ts';
import { namedConsoles } from '../../formats/kernel/consoles.ts';
import type { KernelFacts } from './evidence.ts';

/** What a root file system is on, as `root=` names it. */
export type RootKind = 'network' | 'virtio' | 'mmc' | 'disk' | 'partition' | 'mtd' | 'memory' | 'other';

/** By the names of Linux's drivers; a UUID or a label may be on any disk (Linux, block/early-lookup.c). */
const KINDS: readonly (readonly [RegExp, RootKind])[] = [
  [/^(?:\/dev\/)?(?:nfs|cifs)$/, 'network'],
  [/^\/dev\/vd[a-z]/, 'virtio'],
  [/^\/dev\/mmcblk\d/, 'mmc'],
  [/^\/dev\/(?:[sh]d[a-z]|nvme\d|sr\d)/, 'disk'],
  [/^(?:PARTUUID|PARTLABEL|UUID|LABEL)=/, 'partition'],
  [/^(?:\/dev\/)?(?:mtd|ubi)/, 'mtd'],
  [/^\/dev\/(?:ram|pmem)\d/, 'memory'],
];

/** What `root=` asks for; `null` without one. */
export function rootOf(cmdline: Cmdline): { name: string; kind: RootKind } | null {
  const name = valuesOf(cmdline, 'root').at(-1);
  if (!name) return null;
  return { name, kind: KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? 'other' };
}

/** Whether the guest's console or its root file system is reached through PCI: it does not boot without. */
export function dependsOnPci({ cmdline, architecture }: KernelFacts): boolean {
  if (!cmdline) return false;
  if (namedConsoles(cmdline).some(({ device }) => device === 'hvc')) return true;
  const kind = rootOf(cmdline)?.kind;
  // An x86 cell has no other disks.
  const isOnPci = architecture === 'x86' && (kind === 'disk' || kind === 'partition' || kind === 'mmc');
  return isOnPci || kind === 'network' || kind === 'virtio';
}
