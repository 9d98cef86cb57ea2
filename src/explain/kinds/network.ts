import type { LogKind } from '../kind.ts';

const MAILS = "users' mails";
const RELEASE_DRIVER =
  'take the driver from the kernel branch that belongs to the release on the target (jailhouse-enabling of the Jailhouse kernel tree): ivshmem changed with 0.12';

/** Cells talk to each other. */
export const NETWORK_KINDS: readonly LogKind[] = [
  {
    id: 'vhost-bar',
    stage: 'network',
    printer: 'linux',
    shapes: [
      'pci {device}: BAR {count:[0-5]}: no space for [mem',
      'pci {device}: BAR {count:[0-5]}: failed to assign [mem',
      "pci {device}: BAR {count:[0-5]} [mem {:[^\\]]{1,80}}]: can't assign; no space",
      'pci {device}: BAR {count:[0-5]} [mem {:[^\\]]{1,80}}]: failed to assign',
    ],
    meaning: 'the window of the virtual PCI host is too small for the registers of {device}',
    rules: ['dtb/vpci'],
    fix: 'make the window in the device tree larger: two pages for each device, and a page is 64 KiB if the kernel has 64 KiB pages',
    source: MAILS,
  },
  {
    id: 'ivshmem-version',
    stage: 'network',
    printer: 'linux',
    shapes: [
      'ivshmem-net {device}: invalid IVPosition -1',
      'ivshmem-net: probe of {device} failed with error -22',
      'ivshmem-net {device}: probe with driver ivshmem-net failed with error -22',
    ],
    meaning:
      'the driver for ivshmem and Jailhouse are of different versions, or the registers of the device do not reach Jailhouse',
    rules: ['kernel/ivshmem-net', 'cell/intercepted'],
    fix: `${RELEASE_DRIVER}; and keep pci_mmconfig_base out of all memory regions`,
    source: MAILS,
  },
  {
    id: 'ivshmem-irq',
    stage: 'network',
    printer: 'linux',
    shapes: [
      'ivshmem-net: probe of {device} failed with error -{errnumber:28|16}',
      'uio_ivshmem: probe of {device} failed with error -{errnumber:28|16}',
      'virtio-ivshmem: probe of {device} failed with error -{errnumber:28|16}',
      'virtio_ivshmem: probe of {device} failed with error -{errnumber:28|16}',
      '{device}: probe with driver {:ivshmem-net|uio_ivshmem|virtio[-_]ivshmem} failed with error -{errnumber:28|16}',
    ],
    meaning: 'the ivshmem device {device} got no interrupt (28: there is none for it; 16: it is taken)',
    rules: ['dtb/vpci', 'cell/vpci-pin'],
    fix: 'on arm, vpci_irq_base and the three numbers after it must be free interrupts that the cell owns and the interrupt-map of its tree names; on x86, and where there is no MSI, compare num_msix_vectors',
    source: MAILS,
  },
  {
    id: 'ivshmem-uio-nomode',
    stage: 'network',
    printer: 'linux',
    shapes: ['uio_ivshmem {device}: using jailhouse mode'],
    meaning: 'the kernel has an old driver for ivshmem, which does not fit Jailhouse 0.12 and newer',
    rules: ['kernel/uio-ivshmem'],
    fix: RELEASE_DRIVER,
    source: MAILS,
  },
  {
    id: 'ivshmem-demo',
    stage: 'network',
    printer: 'linux',
    shapes: [
      'ivshmem-demo: {text}',
      'mmap(state): No such device',
      'open(/dev/uio{count}): {reason}',
      'invalid peer number',
    ],
    meaning: 'the demo for ivshmem found no device with the driver that it needs',
    rules: ['kernel/uio-ivshmem'],
    fix: RELEASE_DRIVER,
    source: `Jailhouse, tools/demos; ${MAILS}`,
  },
  {
    id: 'nfs-root',
    stage: 'network',
    printer: 'guest',
    shapes: [
      'VFS: Unable to mount root fs via NFS',
      'Root-NFS: no NFS server address',
      'IP-Config: No network devices available',
    ],
    meaning:
      'the kernel looks for its root file system in the network, and the cell has no network device that works',
    rules: ['kernel/ivshmem-net'],
    fix: 'build the kernel with CONFIG_IVSHMEM_NET=y and start the other end first; or put the root file system into an initrd',
    source: 'Linux, fs/nfs/nfsroot.c and net/ipv4/ipconfig.c',
  },
];
