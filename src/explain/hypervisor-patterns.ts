import type { LogPattern } from './pattern.ts';

const VCPU = 'Jailhouse, hypervisor/arch/x86/vcpu.c';
const MAILS = "users' mails";

/** An access to some ports; the last entry takes those that no other knows. */
const port = (numbers: string): RegExp =>
  new RegExp(`FATAL: Invalid PIO (?<access>read|write), port: (?<port>${numbers})\\b`);

/** What the hypervisor prints before it parks a CPU, the narrower ones first. */
export const HYPERVISOR_PATTERNS: readonly LogPattern[] = [
  {
    id: 'pio-keyboard',
    pattern: port('60|64'),
    meaning: 'the kernel probes the keyboard controller (port {port}), which the cell does not own',
    rules: ['kernel/serio', 'kernel/jailhouse-guest'],
    fix: 'build the kernel with CONFIG_JAILHOUSE_GUEST=y, and without CONFIG_SERIO and the drivers that select it',
    source: `Jailhouse, Documentation/non-root-linux.txt; ${VCPU}`,
  },
  {
    id: 'pio-timer',
    pattern: port('61|4[0-3]'),
    meaning: 'the kernel uses the PC timer (port {port}): it does not know that it runs in a cell',
    rules: ['kernel/jailhouse-guest'],
    fix: 'build the kernel with CONFIG_JAILHOUSE_GUEST=y',
    source: 'seen with a kernel without guest support under a real Jailhouse',
  },
  {
    id: 'pio-interrupt-controller',
    pattern: port('2[01]|a[01]'),
    meaning:
      'the kernel uses the PC interrupt controller (port {port}): it does not know that it runs in a cell',
    rules: ['kernel/jailhouse-guest'],
    fix: 'build the kernel with CONFIG_JAILHOUSE_GUEST=y',
    source: 'Linux, arch/x86/kernel/jailhouse.c: guest support leaves it alone',
  },
  {
    id: 'pio-cmos',
    pattern: port('7[01]'),
    meaning: 'the kernel touches the CMOS clock (port {port}), which the cell does not own',
    rules: ['kernel/pm-trace-rtc', 'kernel/jailhouse-guest', 'kernel/unneeded'],
    fix: 'build the kernel with CONFIG_JAILHOUSE_GUEST=y and without CONFIG_PM_TRACE_RTC and CONFIG_RTC_DRV_CMOS',
    source: 'Jailhouse, Documentation/non-root-linux.txt',
  },
  {
    id: 'pio-uart',
    pattern: port('[23][ef][89a-f]'),
    meaning: 'the kernel probes a UART (port {port}) that the cell does not own',
    rules: ['kernel/runtime-uarts', 'kernel/console-ports'],
    fix: 'give the cell the eight ports of its UART in one PIO region, and let the kernel register no other: CONFIG_SERIAL_8250_RUNTIME_UARTS, or 8250.nr_uarts= on the command line',
    source: `Jailhouse, Documentation/non-root-linux.txt; ${MAILS}`,
  },
  {
    id: 'pio-delay',
    pattern: port('80|ed'),
    meaning: 'the kernel writes to port {port} to wait a moment, and the cell does not own it',
    rules: ['kernel/jailhouse-guest'],
    fix: 'put io_delay=none on the command line; newer Jailhouse releases allow writing a byte to port 80',
    source: `Linux, arch/x86/kernel/io_delay.c; ${VCPU}`,
  },
  {
    id: 'pio-dma',
    pattern: port('[0-9a-f]|8[1-9a-f]|[cd][0-9a-f]'),
    meaning: 'a driver uses the ISA DMA controller (port {port}), which the cell does not own',
    rules: ['kernel/isa-dma-api'],
    fix: 'build the kernel without CONFIG_ISA_DMA_API (that needs CONFIG_EXPERT=y)',
    source: MAILS,
  },
  {
    id: 'pio-super-io',
    pattern: port('[24][ef]'),
    meaning: 'a driver looks for a super-I/O chip (port {port}), which the cell does not have',
    rules: ['kernel/super-io'],
    fix: 'build the kernel without CONFIG_SERIAL_8250_FINTEK and without drivers for hardware monitors and watchdogs of super-I/O chips',
    source: `${MAILS}; Linux, drivers/tty/serial/8250/8250_fintek.c`,
  },
  {
    id: 'pio-other',
    pattern: port('[0-9a-f]{1,4}'),
    meaning: 'a {access} of port {port}, which is in no PIO region of the cell',
    rules: [],
    fix: 'on a machine that runs the same drivers, look up in /proc/ioports who owns port {port}; leave that driver out of the kernel, or give the port to the cell',
    source: `${VCPU}; ${MAILS}`,
  },
  {
    id: 'msr-mce',
    pattern: /Unhandled MSR (?<access>read|write): (?<msr>c0002[0-9a-f]{3})\b/,
    meaning:
      'the kernel touches a machine check register of AMD (MSR {msr}), which Jailhouse does not let cells use',
    rules: ['kernel/x86-mce'],
    fix: 'build the kernel without CONFIG_X86_MCE, or put mce=off on the command line',
    source: `${MAILS}; ${VCPU}`,
  },
  {
    id: 'msr-other',
    pattern: /Unhandled MSR (?<access>read|write): (?<msr>[0-9a-f]{1,16})\b/,
    meaning: 'a {access} of MSR {msr}, which Jailhouse does not let cells use',
    rules: [],
    fix: "look up MSR {msr} in the processor's manual, and leave out of the kernel what uses it",
    source: VCPU,
  },
  {
    id: 'xapic',
    pattern: /FATAL: xAPIC access in x2APIC mode/,
    meaning: 'the machine runs in x2APIC mode, which the kernel does not support',
    rules: ['kernel/x2apic'],
    fix: 'build the kernel with CONFIG_X86_X2APIC=y',
    source: `Jailhouse, hypervisor/arch/x86/apic.c; ${MAILS}`,
  },
  {
    id: 'mmio-comm-region',
    pattern: /FATAL: Invalid MMIO\/RAM (?<access>read|write), addr: (?<address>0x0*100[0-9a-f]{3})\b/,
    meaning: 'the loader reads the comm region (address {address}), and the cell has no comm region there',
    rules: ['placement/comm-region'],
    fix: 'give the cell a memory region with COMM_REGION at 0x100000',
    source: 'seen with such a cell under a real Jailhouse',
  },
  {
    id: 'mmio-acpi',
    pattern: /FATAL: Invalid (?:MMIO\/)?RAM read, addr: (?<address>0x0*[ef][0-9a-f]{4})\b/,
    meaning:
      'a kernel with CONFIG_ACPI looks for its tables (address {address}), and the cell has no memory there',
    rules: ['placement/low-ram'],
    fix: 'let the low RAM of the cell reach from 0x0 to 0x100000',
    source: 'seen with such a cell under a real Jailhouse; Linux, arch/x86/boot/compressed/acpi.c',
  },
  {
    id: 'mmio-roms',
    pattern: /FATAL: Invalid (?:MMIO\/)?RAM read, addr: (?<address>0x0*[cd][0-9a-f]{4})\b/,
    meaning: 'the kernel looks for ROMs of a PC (address {address}), and the cell has no memory there',
    rules: ['placement/low-ram'],
    fix: 'let the low RAM of the cell reach from 0x0 to 0x100000',
    source: 'seen with such a cell under the monitor of `boot`; Linux, arch/x86/kernel/probe_roms.c',
  },
  {
    id: 'mmio-ioapic',
    pattern: /FATAL: Invalid MMIO\/RAM (?<access>read|write), addr: (?<address>0x0*fec00[0-9a-f]{3})\b/,
    meaning: 'the kernel uses the IOAPIC (address {address}), and the cell has no part of it',
    rules: ['kernel/console-irq'],
    fix: 'give the cell an irqchip with the pins of its devices: 4 for ttyS0, 3 for ttyS1',
    source: 'Jailhouse, hypervisor/arch/x86/ioapic.c',
  },
  {
    id: 'mmio-other',
    pattern: /FATAL: Invalid (?:MMIO\/)?RAM (?<access>read|write)(?:, addr: (?<address>0x[0-9a-f]{1,16}))?/,
    meaning: 'a {access} of memory that the cell does not have ({address})',
    rules: ['placement/no-ram', 'placement/not-loadable', 'placement/e820'],
    fix: 'compare the address with the memory regions of the cell; the memory map of `check` shows what is where',
    source: `${VCPU}; seen with too little RAM under a real Jailhouse`,
  },
  {
    id: 'mmio-subpage',
    pattern:
      /FATAL: Invalid MMIO (?<access>read|write), address: (?<address>[0-9a-fx]{1,18}), size: (?<size>[0-9a-f]{1,4})/,
    meaning: 'a {access} of {size} bytes at {address}, which the flags of that memory region do not allow',
    rules: [],
    fix: 'give the region the missing flags: READ or WRITE, IO_8 to IO_64 by the size, IO_UNALIGNED',
    source: 'Jailhouse, hypervisor/mmio.c',
  },
  {
    id: 'pci-config',
    pattern:
      /FATAL: Invalid PCI (?:config|MMCONFIG) (?<access>read|write)(?:, device (?<device>[0-9a-f:.]{1,12}), reg: (?<register>0x[0-9a-f]{1,4}))?/,
    meaning:
      'a {access} of the PCI configuration that the cell is not allowed (device {device}, register {register})',
    rules: [],
    fix: 'give the capability that the register is in JAILHOUSE_PCICAPS_WRITE in the config, if the cell may change it',
    source: `Jailhouse, hypervisor/pci.c; ${MAILS}`,
  },
  {
    id: 'triple-fault',
    pattern: /FATAL: (?:Unexpected #VMEXIT, exitcode 7f\b|Unhandled VM-Exit, reason 2\b)/,
    meaning:
      'the cell crashed with a triple fault: the loader or the kernel ran into something that is not code',
    rules: [
      'placement/pref-address',
      'placement/kernel',
      'placement/overlap',
      'placement/cmdline',
      'kernel/truncated',
      'kernel/physical-start',
    ],
    fix: 'load loader, params, kernel and initrd exactly where the plan says and in its order; compare their digests with the bundle',
    source:
      'AMD64 manual volume 2 (VMEXIT_SHUTDOWN), Intel SDM volume 3 (exit reason 2); seen under a real Jailhouse',
  },
  {
    id: 'vm-exit',
    pattern: /FATAL: (?:Unexpected #VMEXIT, exitcode|Unhandled VM-Exit, reason) (?<code>[0-9a-f]{1,16})\b/,
    meaning: 'the cell did something that Jailhouse does not handle (exit code {code})',
    rules: [],
    fix: "look up the exit code in the processor's manual (AMD64 volume 2, Intel SDM volume 3): it names the instruction or event",
    source: 'Jailhouse, hypervisor/arch/x86/svm.c and vmx.c',
  },
  {
    id: 'arm-data',
    pattern: /Unhandled data (?<access>read|write) at (?<address>0x[0-9a-f]{1,16})/,
    meaning: 'a {access} at {address}, where the cell has neither memory nor a device',
    rules: ['dtb/memory-nodes', 'dtb/console', 'dtb/gic'],
    fix: "look for {address} in the device tree: memory or a device there must be in the cell's memory regions",
    source: 'Jailhouse, hypervisor/arch/arm-common/mmio.c',
  },
  {
    id: 'arm-instruction',
    pattern: /FATAL: instruction abort at (?<address>0x[0-9a-f]{1,16})/,
    meaning: 'the cell jumped to {address}, where it has no memory with EXECUTE',
    rules: ['placement/no-ram', 'placement/kernel', 'placement/reset-address'],
    fix: 'load the images exactly where the plan says; the region that the kernel runs in needs EXECUTE',
    source: 'Jailhouse, hypervisor/arch/arm64/traps.c',
  },
  {
    id: 'arm-trap',
    pattern: /FATAL: (?<kind>unhandled trap|forbidden access) \(exception class (?<class>0x[0-9a-f]{1,4})\)/,
    meaning:
      'Jailhouse stopped the CPU: {kind}, exception class {class} (0x24 is a data access, 0x20 a jump)',
    rules: [],
    fix: 'the line above may give the address; else look up the class in the ARM manual (ESR_EL2.EC)',
    source: 'Jailhouse, hypervisor/arch/arm64/traps.c',
  },
  {
    id: 'memory-region',
    pattern: /FATAL: Invalid memory (?:bar|region) \(/,
    meaning:
      'a memory region of the config is refused: it is not page-aligned, or has flags that this release does not know',
    rules: ['system/revision', 'cell/revision'],
    fix: 'align phys_start, virt_start and size to 4 KiB, and build the config for the Jailhouse release on the target',
    source: 'Jailhouse, hypervisor/control.c',
  },
  {
    id: 'parked',
    pattern: /Parking CPU (?<cpu>\d{1,4}) \(Cell: "(?<cell>[^"]{1,64})"\)/,
    meaning: 'Jailhouse stopped CPU {cpu} of the cell "{cell}" for the reason above',
    rules: [],
    fix: 'fix what is reported above; if "{cell}" is the root cell, its system config lacks what was accessed',
    source: 'Jailhouse, hypervisor/control.c',
  },
];
