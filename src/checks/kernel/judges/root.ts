import { isDevice } from '../../../formats/cell/memory.ts';
import { isIvshmem, nameProtocol, PCI_TYPES } from '../../../formats/cell/names.ts';
import { namesOf } from '../../../formats/cell/variants.ts';
import { valuesOf, type Cmdline } from '../../../formats/kernel/cmdline.ts';
import type { StorageKind } from '../../../placement/architecture.ts';
import type { CellEvidence, KernelFacts } from '../evidence.ts';
import { rootOf, type RootKind } from '../root.ts';
import type { Breach } from '../rule.ts';

/** Words that name a root file system; nfsroot= does without root= (Linux, fs/nfs/nfsroot.c). */
export const namesRoot = (cmdline: Cmdline): boolean =>
  ['root', 'nfsroot'].some((name) => valuesOf(cmdline, name).length > 0);

/** Whether a file system is built into the kernel; `null`: its config does not say. */
export function hasBuiltInInitramfs({ config }: KernelFacts): boolean | null {
  if (!config) return null;
  const source = config.symbols.get('INITRAMFS_SOURCE');
  if (source === undefined && config.isPartial) return null;
  return source?.type === 'string' && source.value !== '';
}

/** A device that is in the kernel's header, or on a command line that the kernel may take instead. */
export function mayNameRoot({ architecture, config, cmdline, image }: KernelFacts): boolean {
  if (image?.format === 'bzImage') return image.header.root_dev !== 0;
  if (architecture === 'x86') return false;
  // Without a word from the manifest, /chosen or CONFIG_CMDLINE may have the whole command line.
  const builtIn = config?.symbols.get('CMDLINE');
  return cmdline?.text === '' || (builtIn?.type === 'string' && /\broot=/.test(builtIn.value));
}

export function judgeNoRoot(facts: KernelFacts): Breach | null {
  const { cmdline, initrd } = facts;
  if (!cmdline || initrd !== 'none' || namesRoot(cmdline) || mayNameRoot(facts)) return null;
  const isBuiltIn = hasBuiltInInitramfs(facts);
  if (isBuiltIn === true) return null;
  return {
    message: `there is no initrd, ${isBuiltIn === null ? '' : 'none is built into the kernel, '}and the cmdline has no root=`,
    requested: 'an initrd, or root= on the cmdline',
    actual: isBuiltIn === null ? 'neither, unless an initrd is built into the kernel' : 'neither',
    about: 'cmdline',
    ...(isBuiltIn === null ? { severity: 'info' } : {}),
  };
}

/** What each kind of root needs, in words. */
const NEEDED: Readonly<Record<Exclude<RootKind, 'memory'>, string>> = {
  network: 'a network device (physical, or ivshmem as VETH or a virtio network)',
  virtio: 'a virtio block device (ivshmem, VIRTIO_FRONT + VIRTIO_DEV_BLOCK)',
  mmc: 'an SD or eMMC controller',
  disk: 'a disk controller',
  partition: 'a disk, SD or eMMC controller',
  mtd: 'a NAND, NOR or SPI flash',
  other: 'a device that the root file system can be on',
};

const LINKS: Readonly<Partial<Record<RootKind, readonly string[]>>> = {
  network: ['veth', 'virtio_front:net'],
  virtio: ['virtio_front:block'],
  disk: ['virtio_front:block'],
  partition: ['virtio_front:block'],
};

/** What of a device tree each kind of root can be on. */
const CARRIERS: Readonly<Record<Exclude<RootKind, 'memory'>, readonly StorageKind[]>> = {
  network: ['network'],
  virtio: ['virtio'],
  mmc: ['mmc'],
  disk: ['disk'],
  partition: ['mmc', 'disk', 'virtio'],
  mtd: ['mtd'],
  other: ['mmc', 'disk', 'mtd', 'network', 'virtio'],
};

/** On x86, disks and network cards are PCI devices; others may be anywhere. */
const isOffPci = (kind: RootKind): boolean => kind === 'other' || kind === 'mtd';

/** A protocol of the project's own, which may be any device. */
const isCustom = (protocol: string): boolean => protocol.startsWith('custom');

/** Whether the cell has, or may have, what a root of that kind is on. */
function mayHave(
  { config, storage }: CellEvidence,
  kind: Exclude<RootKind, 'memory'>,
  isX86: boolean,
): boolean {
  const { pciDevices, memoryRegions } = config;
  // What a physical device is, its config does not say.
  if (pciDevices.some(({ type }) => type === PCI_TYPES.device)) return true;
  const isInTree = storage === null || CARRIERS[kind].some((each) => storage.includes(each));
  const mayBeHere = (!isX86 || isOffPci(kind)) && isInTree;
  if (mayBeHere && memoryRegions.some(isDevice)) return true;
  const protocols = pciDevices
    .filter(isIvshmem)
    .map(({ shmem_protocol }) => nameProtocol(namesOf(config).shmemProtocols, shmem_protocol));
  if (kind === 'other') return protocols.length > 0;
  return protocols.some((name) => name === null || isCustom(name) || LINKS[kind]?.includes(name) === true);
}

export function judgeRootDevice(facts: KernelFacts): Breach | null {
  const { cmdline, cell, initrd, architecture } = facts;
  const root = cmdline && rootOf(cmdline);
  if (!root || root.kind === 'memory' || !cell || initrd !== 'none') return null;
  const isBuiltIn = hasBuiltInInitramfs(facts);
  const isX86 = architecture === 'x86';
  if (isBuiltIn === true || mayHave(cell, root.kind, isX86)) return null;
  return {
    message: `root=${root.name} needs ${NEEDED[root.kind]}, the cell has none, and there is no initrd`,
    requested: `an initrd, or ${NEEDED[root.kind]}`,
    actual: 'neither',
    about: 'cmdline',
    ...(isX86 && isBuiltIn === false && !isOffPci(root.kind) ? { severity: 'error' } : {}),
  };
}
