import type { LogKind, Reading } from '../kind.ts';

const VCPU = 'Jailhouse, hypervisor/arch/x86/vcpu.c';
const MAILS = "users' mails";

/** An access to some ports; the last kind takes those that no other knows. */
const port = (numbers: string): string =>
  `FATAL: Invalid PIO {access}, port: {port:${numbers}}{:(?![0-9a-f])}`;

/** The root cell uses a port that its config does not give it. */
const ROOT: Partial<Reading> = {
  meaning:
    'the root cell did a {access} of port {port}, which is not in the PIO regions of the system config',
  rules: [],
  fix: 'look up in /proc/ioports of the root who uses port {port}: add it to the PIO regions of the system config, or leave that driver out of the root kernel. If a cell has the port now, the root must not use it any more',
};

/** I/O ports that a cell does not own, the narrower ones first. */
export const PORT_KINDS: readonly LogKind[] = [
  {
    id: 'pio-reset',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: [port('cf9'), 'FATAL: Invalid write to i8042 controller port'],
    after: ['fatal', 'any'],
    meaning: 'the kernel tries to reset the machine: it reboots, usually after a panic',
    rules: [],
    fix: 'look for what the kernel said before: a panic, or a program that asked for the reboot',
    source: 'Jailhouse, hypervisor/arch/x86/i8042.c',
  },
  {
    id: 'pio-keyboard',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: [port('60|64')],
    instead: ({ isPanicked }, { port: at }) => (isPanicked && at === '64' ? 'pio-reset' : null),
    meaning: 'the kernel probes the keyboard controller (port {port}), which the cell does not own',
    rules: ['kernel/serio', 'kernel/jailhouse-guest'],
    fix: 'build the kernel with CONFIG_JAILHOUSE_GUEST=y, and without CONFIG_SERIO and the drivers that select it. If the kernel ran for a while, this may be its reset: look for a panic before',
    root: ROOT,
    source: `Jailhouse, Documentation/non-root-linux.txt; ${VCPU}`,
  },
  {
    id: 'pio-timer',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: [port('61|4[0-3]')],
    meaning: 'the kernel uses the PC timer or speaker (port {port}): it does not know that it runs in a cell',
    rules: ['kernel/jailhouse-guest'],
    fix: 'build the kernel with CONFIG_JAILHOUSE_GUEST=y, and without CONFIG_INPUT_PCSPKR',
    root: ROOT,
    source: 'seen with a kernel without guest support under a real Jailhouse',
  },
  {
    id: 'pio-interrupt-controller',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: [port('2[01]|a[01]')],
    meaning:
      'the kernel uses the PC interrupt controller (port {port}): it does not know that it runs in a cell',
    rules: ['kernel/jailhouse-guest'],
    fix: 'build the kernel with CONFIG_JAILHOUSE_GUEST=y',
    root: ROOT,
    source: 'Linux, arch/x86/kernel/jailhouse.c: guest support leaves it alone',
  },
  {
    id: 'pio-cmos',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: [port('7[01]')],
    meaning: 'the kernel touches the CMOS clock (port {port}), which the cell does not own',
    rules: ['kernel/pm-trace-rtc', 'kernel/jailhouse-guest', 'kernel/unneeded'],
    fix: 'build the kernel with CONFIG_JAILHOUSE_GUEST=y and without CONFIG_PM_TRACE_RTC, CONFIG_RTC_DRV_CMOS and CONFIG_NVRAM',
    root: ROOT,
    source: 'Jailhouse, Documentation/non-root-linux.txt',
  },
  {
    id: 'pio-uart',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: [port('[23][ef][89a-f]')],
    meaning: 'the kernel probes a UART (port {port}) that the cell does not own',
    rules: ['kernel/runtime-uarts', 'kernel/console-ports'],
    fix: 'give the cell the eight ports of its UART in one PIO region, and let the kernel register no other: CONFIG_SERIAL_8250_RUNTIME_UARTS, or 8250.nr_uarts= on the command line',
    root: {
      meaning:
        'the root cell uses a UART (port {port}) that it does not have: it is not in its system config, or it went to a cell',
      rules: ['cell/port-shared'],
      fix: 'let no console or getty of the root use the UART of a cell: take it out of console=, and keep the driver off it (8250.nr_uarts=); if the root is to have it, add its eight ports to the system config',
    },
    source: `Jailhouse, Documentation/non-root-linux.txt; ${MAILS}`,
  },
  {
    id: 'pio-delay',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: [port('80|ed')],
    meaning: 'the kernel writes to port {port} to wait a moment, and the cell does not own it',
    rules: ['kernel/jailhouse-guest'],
    fix: 'put io_delay=none on the command line; from Jailhouse 0.8 on, writing a byte to port 80 is allowed',
    root: ROOT,
    source: `Linux, arch/x86/kernel/io_delay.c; ${VCPU}`,
  },
  {
    id: 'pio-dma',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: [port('[0-9a-f]|8[1-9a-f]|[cd][0-9a-f]')],
    meaning: 'a driver uses the ISA DMA controller (port {port}), which the cell does not own',
    rules: ['kernel/isa-dma-api'],
    fix: 'build the kernel without CONFIG_ISA_DMA_API (that needs CONFIG_EXPERT=y)',
    root: ROOT,
    source: MAILS,
  },
  {
    id: 'pio-super-io',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: [port('[24][ef]')],
    meaning: 'a driver looks for a super-I/O chip (port {port}), which the cell does not have',
    rules: ['kernel/super-io'],
    fix: 'build the kernel without CONFIG_SERIAL_8250_FINTEK and without drivers for hardware monitors and watchdogs of super-I/O chips',
    root: ROOT,
    source: `${MAILS}; Linux, drivers/tty/serial/8250/8250_fintek.c`,
  },
  {
    id: 'pio-pci',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: [
      'FATAL: Invalid PCI config {access}, port: {port}, size {size}, address port: {selected:[0-9a-f]{1,8}}',
      'FATAL: Invalid PCI config {access}, port: {port}, size: {size}',
    ],
    meaning: 'a {access} of the PCI configuration (port {port}) that the cell is not allowed',
    rules: ['cell/pci-shared'],
    refine: ({ access, selected }) => {
      if (selected === undefined) return null;
      const address = Number.parseInt(selected, 16);
      const [bus, device] = [(address >>> 16) & 0xff, (address >>> 11) & 0x1f].map((part) =>
        part.toString(16).padStart(2, '0'),
      );
      const register = (address & 0xfc) | ((address >>> 16) & 0xf00);
      return {
        meaning: `a ${access} of register 0x${register.toString(16)} in the PCI configuration of ${bus}:${device}.${
          (address >>> 8) & 7
        }, which the cell is not allowed`,
      };
    },
    fix: 'a device that the cell does not have must be left alone: take its driver out of the kernel. Of a device that it has, give the capability that the register is in JAILHOUSE_PCICAPS_WRITE in the config, if it may be changed',
    source: `Jailhouse, hypervisor/arch/x86/pci.c; ${MAILS}`,
  },
  {
    id: 'pio-acpi',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: [port('(?:4[0-9a-f]|5[0-9a-f]|8[0-9a-f]|b[0-3]|f0|18[0-9a-f])[0-9a-f]|3b0|b[23]')],
    meaning:
      'a driver for ACPI, the power management timer, the SMBus or the watchdog uses port {port}, which the cell does not own',
    rules: [],
    fix: 'put acpi=off on the command line, or build the kernel without CONFIG_ACPI, and without drivers for the chipset (I2C_I801, ITCO_WDT)',
    root: {
      ...ROOT,
      fix: 'the system config lacks a port of the chipset: look up in /proc/ioports of the root who uses port {port}, and add its range to the PIO regions of the system config',
    },
    source: `${VCPU}; ${MAILS}`,
  },
  {
    id: 'pio-vga',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: [port('3[b-d][0-9a-f]')],
    meaning: 'the kernel uses a VGA console (port {port}), which the cell does not own',
    rules: ['kernel/unneeded'],
    fix: 'build the kernel without CONFIG_VGA_CONSOLE, and name a UART with console=',
    root: ROOT,
    source: VCPU,
  },
  {
    id: 'pio-vmware',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: [port('5658')],
    meaning: 'a driver looks for VMware (port 5658), which is not there',
    rules: ['kernel/serio', 'kernel/paravirt'],
    fix: 'build the kernel without CONFIG_MOUSE_PS2_VMMOUSE and without drivers for VMware guests',
    root: {
      meaning: 'the root kernel looks for VMware (port 5658), which Jailhouse does not let through',
      rules: [],
      fix: 'build the root kernel without CONFIG_MOUSE_PS2_VMMOUSE and without drivers for VMware guests, or take the module off (vmmouse is part of psmouse)',
    },
    source: MAILS,
  },
  {
    id: 'pio-other',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: [port('[0-9a-f]{1,4}')],
    meaning: 'a {access} of port {port}, which is in no PIO region of the cell',
    rules: [],
    fix: 'on a machine that runs the same drivers, look up in /proc/ioports who owns port {port}; leave that driver out of the kernel, or give the port to the cell. If RIP is below 0x10000 and EFER.LMA is 0, the CPU runs garbage and the port means nothing: the images were not loaded, or were overwritten',
    root: ROOT,
    source: `${VCPU}; ${MAILS}`,
  },
];
