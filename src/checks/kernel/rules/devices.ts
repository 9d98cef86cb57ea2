import { ARCHITECTURES } from '../../../base/choices.ts';
import { judgeVirtio } from '../judges/cell.ts';
import type { Rule } from '../rule.ts';

const ANY = { architecture: ARCHITECTURES } as const;
const X86 = { architecture: ['x86'] } as const;
const QUEUES = "the kernels of Siemens's Jailhouse queues; mainline has no such driver";

/** Drivers for what the cell has, and for the consoles that the cmdline asks for. */
export const DEVICE_RULES: readonly Rule[] = [
  {
    id: 'kernel/serial-8250',
    reason: 'the cmdline asks for a console on a UART',
    when: { ...X86, cmdline: 'console=ttyS*' },
    wanted: {
      symbol: ['SERIAL_8250', 'SERIAL_8250_CONSOLE'],
      value: 'y',
      with: [{ symbol: 'TTY', value: 'y' }],
    },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'no output, and init ends without /dev/console',
    fix: 'set CONFIG_SERIAL_8250=y and CONFIG_SERIAL_8250_CONSOLE=y',
    source: 'Linux, drivers/tty/serial/8250/Kconfig',
  },
  {
    id: 'kernel/jailhouse-dbgcon',
    reason: "the cmdline asks for a console on the hypervisor's",
    when: { ...ANY, cmdline: 'console=jailhouse*' },
    wanted: { symbol: 'JAILHOUSE_DBGCON', value: 'y' },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'no output',
    fix: 'set CONFIG_JAILHOUSE_DBGCON=y in a kernel that has it, or use another console',
    source: QUEUES,
  },
  {
    id: 'kernel/ivshmem-net',
    reason: 'the cell has a virtual network link (ivshmem, VETH)',
    when: { ...ANY, cell: 'ivshmem-net' },
    wanted: { symbol: 'IVSHMEM_NET', value: ['y', 'm'] },
    severity: { strict: 'warning', mainline: 'warning' },
    symptom: 'no network interface for the link',
    fix: 'set CONFIG_IVSHMEM_NET=y in a kernel that has it',
    source: QUEUES,
  },
  {
    id: 'kernel/uio-ivshmem',
    reason: 'the cell has shared memory for programs (ivshmem, UNDEFINED)',
    when: { ...ANY, cell: 'ivshmem-uio' },
    wanted: { symbol: 'UIO_IVSHMEM', value: ['y', 'm'], with: [{ symbol: 'UIO', value: 'y' }] },
    severity: { strict: 'warning', mainline: 'warning' },
    symptom: 'no /dev/uio for the shared memory',
    fix: 'set CONFIG_UIO_IVSHMEM=y in a kernel that has it',
    source: QUEUES,
  },
  {
    id: 'kernel/virtio-ivshmem',
    reason: 'the cell has a virtio device over shared memory (ivshmem, VIRTIO_FRONT)',
    when: { ...ANY, cell: 'ivshmem-virtio' },
    wanted: {
      symbols: ['VIRTIO_IVSHMEM', 'VIRTIO_NET', 'VIRTIO_BLK', 'VIRTIO_CONSOLE'],
      needs: ['config', 'cell'],
      judge: judgeVirtio,
    },
    severity: { strict: 'warning', mainline: 'warning' },
    symptom: 'no virtio device in the guest',
    fix: 'set the named symbols in a kernel that has CONFIG_VIRTIO_IVSHMEM',
    source: QUEUES,
  },
  {
    id: 'kernel/user-space',
    reason: 'nearly every initrd and distribution starts with it',
    when: X86,
    wanted: {
      symbol: ['BINFMT_ELF', 'DEVTMPFS', 'DEVTMPFS_MOUNT', 'TMPFS', 'UNIX'],
      value: 'y',
      with: [
        { symbol: 'NET', value: 'y' },
        { symbol: 'SHMEM', value: 'y' },
      ],
    },
    severity: { strict: 'warning', mainline: 'warning' },
    symptom: 'init does not start, or ends without /dev/console',
    fix: 'set the named symbols',
    source: "what init systems ask for: systemd's README, busybox",
  },
];
