import { cellWithShmem } from './hardware.ts';
import { mustBeOn, withLines, without, type Change, type RuleCase, type RuleCases } from './case.ts';

const UNDEFINED = 0;
const VETH = 1;
const VIRTIO_NET = 0x8001;
const VIRTIO_BACK = 0xc001;
const OTHER_DEVICES: Change = { cell: cellWithShmem(VIRTIO_BACK, 0x4000, 0x7000) };

/** A driver for an ivshmem protocol, built in or as a module. */
const driver = (protocol: number, ...lines: string[]): RuleCase => ({
  breaks: [{ cell: cellWithShmem(0x4000, protocol) }],
  satisfies: [
    {},
    OTHER_DEVICES,
    { cell: cellWithShmem(protocol), config: withLines(...lines.map((line) => `${line}=y`)) },
    { cell: cellWithShmem(protocol), config: withLines(...lines.map((line) => `${line}=m`)) },
  ],
  severity: 'warning',
});

const virtio = driver(VIRTIO_NET, 'CONFIG_VIRTIO_IVSHMEM', 'CONFIG_VIRTIO_NET');

export const DEVICE_CASES: RuleCases = {
  'kernel/serial-8250': {
    breaks: [
      ...mustBeOn('SERIAL_8250').breaks,
      ...mustBeOn('SERIAL_8250_CONSOLE').breaks,
      { cmdline: 'quiet console=tty0 console=ttyS1,9600', config: without('SERIAL_8250_CONSOLE') },
    ],
    satisfies: [{}, { cmdline: 'console=hvc0', config: without('SERIAL_8250') }],
  },
  'kernel/jailhouse-dbgcon': {
    breaks: [
      { cmdline: 'console=jailhouse' },
      { cmdline: 'console=jailhouse0', config: withLines('CONFIG_JAILHOUSE_DBGCON=m') },
    ],
    satisfies: [{}, { cmdline: 'console=jailhouse', config: withLines('CONFIG_JAILHOUSE_DBGCON=y') }],
  },
  'kernel/ivshmem-net': driver(VETH, 'CONFIG_IVSHMEM_NET'),
  'kernel/uio-ivshmem': driver(UNDEFINED, 'CONFIG_UIO_IVSHMEM'),
  'kernel/virtio-ivshmem': {
    ...virtio,
    breaks: [
      ...virtio.breaks,
      { cell: cellWithShmem(VIRTIO_NET), config: withLines('CONFIG_VIRTIO_IVSHMEM=y') },
    ],
    satisfies: [
      ...virtio.satisfies,
      { cell: cellWithShmem(0x8000), config: withLines('CONFIG_VIRTIO_IVSHMEM=y') },
    ],
  },
  'kernel/user-space': {
    breaks: ['BINFMT_ELF', 'DEVTMPFS', 'DEVTMPFS_MOUNT', 'TMPFS', 'UNIX'].map((symbol) => ({
      config: without(symbol),
    })),
    satisfies: [{}],
    severity: 'warning',
  },
};
