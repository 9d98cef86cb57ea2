import { consoleCell, ivshmem } from '../console-cells.ts';
import { makeCellEvidence } from '../kernel-evidence.ts';
import type { RuleCases } from './case.ts';

const ARM64 = { architecture: 'arm64', image: null, config: 'CONFIG_ARM64=y\n' } as const;
const ARM = { architecture: 'arm', image: null, config: 'CONFIG_ARM=y\n' } as const;

const words = (count: number, word: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => word(index)).join(' ');

/** A cell whose device registers may be a disk's. */
const withRegisters = makeCellEvidence({
  config: {
    ...makeCellEvidence().config,
    memoryRegions: [{ phys_start: 0xfe340000n, virt_start: 0xfe340000n, size: 0x1000n, flags: 0x13n }],
  },
});

export const CMDLINE_CASES: RuleCases = {
  'cmdline/length': {
    breaks: [
      { cmdline: 'x'.repeat(2048), cell: null },
      { cmdline: 'x'.repeat(2048), image: null },
      { cmdline: 'é'.repeat(1024), cell: null },
      { cmdline: 'x'.repeat(1024), ...ARM },
      {
        cmdline: 'x'.repeat(2000),
        config: `CONFIG_X86_64=y\nCONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE="${'y'.repeat(47)}"\n`,
      },
    ],
    satisfies: [
      {},
      { cmdline: 'x'.repeat(2047), cell: null },
      { cmdline: 'x'.repeat(2047), ...ARM64 },
      {
        cmdline: 'x'.repeat(2000),
        config: `CONFIG_X86_64=y\nCONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE="${'y'.repeat(46)}"\n`,
      },
    ],
  },
  'cmdline/init-words': {
    severity: 'warning',
    breaks: [
      { cmdline: words(32, (index) => `my${index}=1`) },
      { cmdline: words(33, (index) => `my${index}`) },
      {
        cmdline: words(4, (index) => `my${index}=1`),
        config: 'CONFIG_X86_64=y\nCONFIG_INIT_ENV_ARG_LIMIT=4',
      },
    ],
    satisfies: [
      { cmdline: words(31, (index) => `my${index}=1`) },
      { cmdline: words(32, (index) => `my${index}`) },
      { cmdline: `HOME=/root TERM=vt100 ${words(31, (index) => `my${index}=1`)}` },
      { cmdline: words(99, () => 'same=1') },
      { cmdline: words(99, (index) => `my.option${index}=1`) },
      { cmdline: words(99, (index) => (index % 2 ? 'log-buf-len=1M' : 'nr_cpus=2')) },
      { cmdline: `-- ${words(20, (index) => `a${index}`)}` },
    ],
  },
  'cmdline/baud': {
    severity: 'warning',
    breaks: [
      { cmdline: 'console=ttyS0,1152000' },
      { cmdline: 'console=ttyS0,11520n8' },
      { cmdline: 'console=ttyS0,230400' },
      { cmdline: 'console=uart8250,io,0x3f8,1152000n8' },
      { cmdline: 'console=ttyAMA0,1152000', ...ARM64 },
    ],
    satisfies: [
      {},
      { cmdline: 'console=ttyS0 console=tty0 console=hvc0' },
      { cmdline: 'console=ttyS0,9600n8 console=uart,io,0x3f8' },
      { cmdline: 'console=ttyS4,230400' },
      { cmdline: 'console=ttyS0,1500000', ...ARM64 },
    ],
  },
  'cmdline/duplicate-console': {
    severity: 'warning',
    breaks: [
      { cmdline: 'console=ttyS0,115200 console=ttyS0,9600' },
      { cmdline: 'console=ttyS0 console=tty0 console=ttyS0' },
      { cmdline: 'console=0 console=ttyS0' },
    ],
    satisfies: [
      {},
      { cmdline: 'console=ttyS0 console=ttyS1' },
      { cmdline: 'console=uart8250,io,0x3f8 console=ttyS0' },
    ],
  },
  'cmdline/acpi-force': {
    severity: 'warning',
    breaks: [{ cmdline: 'acpi=force' }],
    satisfies: [{}, { cmdline: 'acpi=off' }, { cmdline: '-- acpi=force' }],
  },
  'cmdline/apic-off': {
    severity: 'warning',
    breaks: [{ cmdline: 'noapic' }, { cmdline: 'nolapic' }, { cmdline: 'disableapic quiet' }],
    satisfies: [{}, { cmdline: 'nolapic_timer' }],
  },
  'cmdline/pci-off': {
    severity: 'warning',
    breaks: [{ cmdline: 'pci=off', cell: consoleCell({ pciDevices: [ivshmem(1)] }) }],
    satisfies: [{ cmdline: 'pci=off' }, { cell: consoleCell({ pciDevices: [ivshmem(1)] }) }],
  },
  'cmdline/root-device': {
    severity: 'warning',
    breaks: [
      { cmdline: 'root=/dev/sda1', initrd: 'none' },
      { cmdline: 'root=/dev/nfs rootwait', initrd: 'none' },
      {
        cmdline: 'root=/dev/sda1',
        initrd: 'none',
        config: 'CONFIG_X86_64=y\nCONFIG_INITRAMFS_SOURCE=""\n',
      },
    ],
    satisfies: [
      { initrd: 'none' },
      { cmdline: 'root=/dev/vda', initrd: null },
      { cmdline: 'root=/dev/vda', initrd: 'none', cell: consoleCell({ pciDevices: [ivshmem(0x8002)] }) },
      { cmdline: 'root=/dev/mmcblk0p1', initrd: 'none', cell: withRegisters },
      { cmdline: 'root=/dev/pmem0', initrd: 'none' },
      {
        cmdline: 'root=/dev/sda1',
        initrd: 'none',
        config: 'CONFIG_X86_64=y\nCONFIG_INITRAMFS_SOURCE="rootfs.cpio"\n',
      },
    ],
  },
  'cmdline/tool-option': {
    severity: 'warning',
    breaks: [
      { cmdline: 'console=ttyS0 -k 10' },
      { cmdline: '-i rootfs.cpio quiet' },
      { cmdline: '--initrd=rootfs.cpio' },
    ],
    satisfies: [{}, { cmdline: 'quiet -- -k 10' }, { cmdline: '-s' }],
  },
  'cmdline/quotes': {
    severity: 'warning',
    breaks: [{ cmdline: 'dyndbg="file x.c +p quiet' }, { cmdline: 'a" b="c"' }],
    satisfies: [{}, { cmdline: 'dyndbg="file x.c +p" quiet' }, { cmdline: '""' }],
  },
  'cmdline/non-ascii': {
    severity: 'warning',
    breaks: [
      { cmdline: 'root=\u201c/dev/sda\u201d' },
      { cmdline: 'a\u00a0b' },
      { cmdline: 'a\u0001' },
      { cmdline: 'x=à=y' },
      { cmdline: 'größe=1' },
    ],
    satisfies: [{}, { cmdline: 'a\tb ~' }, { cmdline: 'text="é à 日本 ß"' }],
  },
};
