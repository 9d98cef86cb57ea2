import { consoleCell, ivshmem, oldCell } from '../console-cells.ts';
import { makeCellEvidence } from '../kernel-evidence.ts';
import { NO_CONFIG, withLines, type Change, type RuleCases } from './case.ts';

const ARM64 = { architecture: 'arm64', image: null, config: 'CONFIG_ARM64=y\n' } as const;
const PERMITTED = 0x40000000;
/** Of Jailhouse up to 0.9. */
const DEBUG_CONSOLE = 2;

/** An arm64 cell whose device tree names a console, or does not. */
const onTree = (hasStdout: boolean): Change => ({
  cmdline: 'quiet',
  ...ARM64,
  cell: makeCellEvidence({ hasStdout }),
});

/** What breaks and satisfies a rule alone; test/checks/kernel/rules/console.test.ts has them together. */
export const CONSOLE_CASES: RuleCases = {
  'kernel/console-ports': {
    breaks: [
      { cell: consoleCell({ ports: [[0x3f0, 16]] }) },
      { cell: consoleCell({ ports: [[0x3f8, 7]] }) },
      { cell: consoleCell({ ports: [] }) },
      { cell: oldCell({ ports: [[0x3f8, 4]] }) },
      { cmdline: 'console=ttyS1 8250.nr_uarts=2', cell: oldCell({ ports: [[0x2f8, 8]] }) },
    ],
    satisfies: [
      {},
      { cell: oldCell() },
      { cmdline: 'console=tty0', cell: consoleCell({ ports: [] }) },
      { cmdline: 'console=ttyS4', cell: consoleCell({ ports: [] }) },
      { cmdline: null },
      { cell: null },
    ],
    // The console is on ttyS0 then.
    elsewhere: { change: { cmdline: 'console=ttyS1' }, severity: 'warning' },
  },
  'kernel/console-irq': {
    breaks: [
      { cell: consoleCell({ pins: null }) },
      { cell: consoleCell({ pins: [] }) },
      { cell: consoleCell({ pins: [3] }) },
      { cell: consoleCell({ ioapic: 0xfec20000n }) },
      { cmdline: 'console=ttyS1', cell: consoleCell({ ports: [[0x2f8, 8]] }) },
      // The console is on ttyS0 where the kernel registers no more UARTs.
      { cmdline: 'console=ttyS1', cell: consoleCell({ pins: [3] }) },
      { cmdline: 'console=ttyS1 8250.nr_uarts=2' },
    ],
    satisfies: [
      {},
      { cmdline: 'console=ttyS1' },
      { cmdline: 'console=ttyS3 8250.nr_uarts=4', cell: consoleCell({ pins: [3] }) },
      { cmdline: 'console=tty0', cell: consoleCell({ pins: null }) },
      { cell: null },
    ],
  },
  'kernel/early-console': {
    breaks: [
      { cmdline: 'console=ttyS0 earlyprintk=serial,ttyS1', config: withLines('CONFIG_EARLY_PRINTK=y') },
      { cmdline: 'earlycon=uart8250,io,0x2e8', config: withLines('CONFIG_SERIAL_EARLYCON=y') },
      { cmdline: 'console=ttyS1 earlyprintk=serial,ttyS0', cell: null },
      { cmdline: 'earlycon=uart8250,io,0x2e8' },
    ],
    satisfies: [
      {},
      { cmdline: 'console=ttyS0 earlyprintk=serial,ttyS0,115200,keep' },
      { cmdline: 'console=ttyS1 earlycon=uart8250,io,0x2f8', cell: null },
      { cmdline: 'console=hvc0 earlycon=uart8250,io,0x3f8' },
      // The kernel ignores the word.
      {
        cmdline: 'console=ttyS0 earlyprintk=serial,ttyS1',
        config: withLines('# CONFIG_EARLY_PRINTK is not set'),
      },
    ],
    // Whether the kernel reads the word, nobody said.
    elsewhere: {
      change: { cmdline: 'console=ttyS0 earlyprintk=serial,ttyS1', config: NO_CONFIG },
      severity: 'warning',
    },
  },
  'kernel/console-write-only': {
    severity: 'warning',
    breaks: [{ cmdline: 'console=jailhouse' }, { cmdline: 'console=jailhouse console=jailhouse0', ...ARM64 }],
    satisfies: [{}, { cmdline: '' }, { cmdline: 'console=jailhouse console=ttyS0' }],
  },
  'kernel/hypervisor-console': {
    severity: 'warning',
    breaks: [
      { cmdline: 'console=jailhouse' },
      { cmdline: 'earlycon=jailhouse' },
      { cmdline: 'console=jailhouse', cell: consoleCell({ flags: DEBUG_CONSOLE }) },
      { cmdline: 'console=jailhouse', cell: oldCell({ revision: 9, flags: PERMITTED }) },
    ],
    satisfies: [
      {},
      { cmdline: 'console=jailhouse', cell: consoleCell({ flags: PERMITTED }) },
      { cmdline: 'console=jailhouse', cell: oldCell({ revision: 9, flags: DEBUG_CONSOLE }) },
      { cmdline: 'console=jailhouse', cell: null },
    ],
  },
  'kernel/virtio-console': {
    breaks: [
      { cmdline: 'console=hvc0' },
      { cmdline: 'console=hvc0', cell: consoleCell({ pciDevices: [ivshmem(0xc003)] }) },
      { cmdline: 'console=hvc0', cell: consoleCell({ pciDevices: [ivshmem(0x8003)] }) },
      { cmdline: 'console=hvc0', ...ARM64 },
    ],
    satisfies: [
      {},
      {
        cmdline: 'console=hvc0',
        cell: consoleCell({ pciDevices: [ivshmem(0x8003)] }),
        config: 'CONFIG_X86_64=y\nCONFIG_VIRTIO_IVSHMEM=y\nCONFIG_VIRTIO_CONSOLE=y\n',
      },
      {
        cmdline: 'console=hvc0',
        ...ARM64,
        config: 'CONFIG_ARM64=y\nCONFIG_HVC_DCC=y\n',
      },
      { cmdline: 'console=hvc0', cell: null },
    ],
  },
  'kernel/console-name': {
    breaks: [
      { cmdline: 'console=ttyAMA0,115200' },
      { cmdline: 'console=ttymxc0' },
      { cmdline: 'console=ttyPS0', cell: null },
    ],
    satisfies: [
      {},
      { cmdline: '' },
      { cmdline: 'console=ttyAMA0', ...ARM64 },
      { cmdline: 'console=ttyFOO0' },
    ],
    elsewhere: { change: { cmdline: 'console=ttyAMA0 console=ttyS0' }, severity: 'warning' },
  },
  'kernel/no-console': {
    severity: 'info',
    breaks: [{ cmdline: '' }, { cmdline: 'quiet consoleblank=0 console' }, onTree(false)],
    satisfies: [{}, { cmdline: 'console=hvc0' }, { cmdline: null }, { cmdline: '', ...ARM64 }, onTree(true)],
  },
};
