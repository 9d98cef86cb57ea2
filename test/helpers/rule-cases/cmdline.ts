import { consoleCell, ivshmem } from '../console-cells.ts';
import type { RuleCases } from './case.ts';

const ARM64 = { architecture: 'arm64', image: null, config: 'CONFIG_ARM64=y\n' } as const;
const ARM = { architecture: 'arm', image: null, config: 'CONFIG_ARM=y\n' } as const;

const words = (count: number, word: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => word(index)).join(' ');

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
    breaks: [
      { cmdline: words(33, (index) => `my${index}=1`) },
      { cmdline: words(34, (index) => `my${index}`) },
      {
        cmdline: words(5, (index) => `my${index}=1`),
        config: 'CONFIG_X86_64=y\nCONFIG_INIT_ENV_ARG_LIMIT=4',
      },
    ],
    // One of them may be a parameter that is not documented.
    elsewhere: { change: { cmdline: words(32, (index) => `my${index}=1`) }, severity: 'warning' },
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
  'cmdline/near-miss': {
    severity: 'warning',
    breaks: [
      { cmdline: 'consle=ttyS0,115200' },
      { cmdline: 'cosnole=ttyS0 quiet' },
      { cmdline: 'console=ttyS0 Quiet' },
      { cmdline: 'console=ttyS0 rot=/dev/sda' },
      { cmdline: 'console=ttyS0 roott=/dev/sda' },
      { cmdline: 'console=ttyAMA0 rootwai', ...ARM64 },
    ],
    satisfies: [
      {},
      // A parameter of initrds that is no slip.
      { cmdline: 'console=ttyS0 boot=live components rot13 single ro rw ip=dhcp ipv6 net.ifnames=0' },
      { cmdline: 'console=ttyS0 my_console_speed=1 nr-cpus=2' },
      { cmdline: 'console=ttyS0 -- consle=1' },
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
    breaks: [{ cmdline: 'noapic' }, { cmdline: 'nolapic' }, { cmdline: 'disableapic quiet' }],
    satisfies: [{}, { cmdline: 'nolapic_timer' }],
  },
  'cmdline/pci-off': {
    severity: 'warning',
    breaks: [{ cmdline: 'pci=off', cell: consoleCell({ pciDevices: [ivshmem(1)] }) }],
    satisfies: [{ cmdline: 'pci=off' }, { cell: consoleCell({ pciDevices: [ivshmem(1)] }) }],
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
