import { consoleCell, ivshmem, pciCard } from '../console-cells.ts';
import { makeCellEvidence, makeKernel } from '../kernel-evidence.ts';
import { initrdWith } from './initrd.ts';
import { NO_CONFIG, withLines, type Change, type RuleCases } from './case.ts';

/** A cell whose device registers may be a disk's. */
const withRegisters = makeCellEvidence({
  config: {
    ...makeCellEvidence().config,
    memoryRegions: [{ phys_start: 0xfe340000n, virt_start: 0xfe340000n, size: 0x1000n, flags: 0x13n }],
  },
});

const VETH = 1;
const VIRTIO_NET = 0x8001;
const CUSTOM = 0x4001;
const VIRTIO_BLOCK = 0x8002;
const shmem = (protocol: number) => consoleCell({ pciDevices: [ivshmem(protocol)] });

/** Nothing is built into the kernel. */
const EMPTY = withLines('CONFIG_INITRAMFS_SOURCE=""');
const on = (root: string, change: Change = {}): Change => ({
  cmdline: `console=ttyS0 root=${root}`,
  initrd: 'none',
  config: EMPTY,
  ...change,
});
const onArm = (root: string, change: Change = {}): Change => ({
  ...on(root, { config: 'CONFIG_ARM64=y\nCONFIG_INITRAMFS_SOURCE=""\n', image: null, architecture: 'arm64' }),
  ...change,
});
const { image } = makeKernel();

export const ROOT_CASES: RuleCases = {
  'kernel/no-root': {
    breaks: [
      { config: EMPTY },
      { config: EMPTY, cmdline: 'console=ttyS0 rootwait' },
      { config: 'CONFIG_X86_64=y\n', cell: null },
      { ...onArm('x'), cmdline: 'console=ttyAMA0' },
    ],
    satisfies: [
      {},
      { config: EMPTY, initrd: null },
      { config: EMPTY, initrd: initrdWith() },
      { config: EMPTY, cmdline: 'root=/dev/ram0' },
      { config: EMPTY, cmdline: null },
      { config: `${EMPTY}CONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE="root=/dev/vda"\n` },
      // An old build put its own disk into the header.
      { config: EMPTY, image: { ...image, header: { ...image.header, root_dev: 0x801 } } },
      // What a command line of the device tree or the config may say.
      { ...onArm('x'), cmdline: '' },
      { ...onArm('x'), cmdline: 'quiet', config: 'CONFIG_ARM64=y\nCONFIG_CMDLINE="root=/dev/vda"\n' },
    ],
    elsewhere: { change: { config: NO_CONFIG }, severity: 'info' },
  },
  'kernel/root-device': {
    breaks: [
      on('/dev/sda1'),
      on('/dev/vda'),
      on('/dev/mmcblk0p1', { cell: withRegisters }),
      on('/dev/nfs rootwait'),
      on('PARTUUID=0123'),
      on('/dev/nfs', { cell: shmem(VIRTIO_BLOCK) }),
      on('/dev/vda', { cell: shmem(VETH) }),
    ],
    satisfies: [
      {},
      on('/dev/vda', { initrd: null }),
      on('/dev/vda', { initrd: initrdWith() }),
      on('/dev/vda', { cell: null }),
      on('/dev/vda', { cell: shmem(VIRTIO_BLOCK) }),
      on('PARTUUID=0123', { cell: shmem(VIRTIO_BLOCK) }),
      on('/dev/nfs', { cell: shmem(VETH) }),
      on('/dev/nfs', { cell: shmem(VIRTIO_NET) }),
      on('/dev/nfs', { cell: shmem(CUSTOM) }),
      on('/dev/sda1', { cell: consoleCell({ pciDevices: [pciCard()] }) }),
      on('/dev/mtdblock0', { cell: withRegisters }),
      on('/dev/pmem0'),
      on('/dev/sda1', { config: withLines() }),
      onArm('/dev/mmcblk0p1', { cell: withRegisters }),
      onArm('/dev/mmcblk0p1', { cell: { ...withRegisters, storage: ['mmc'] } }),
      onArm('PARTUUID=0123', { cell: { ...withRegisters, storage: ['mmc'] } }),
      onArm('ubi0:rootfs', { cell: { ...withRegisters, storage: ['mtd'] } }),
      onArm('/dev/nfs', { cell: { ...withRegisters, storage: ['network'] } }),
    ],
    elsewhere: {
      change: onArm('/dev/mmcblk0p1', {
        cell: { ...withRegisters, storage: ['network', 'disk', 'mtd', 'virtio'] },
      }),
      severity: 'warning',
    },
    severity: 'error',
  },
};
