import { SPI_BASE } from '../../formats/dtb/gic.ts';
import type { LogKind, Reading } from '../kind.ts';

const COMMON = 'Jailhouse, hypervisor/arch/arm-common';
const TRAPS = 'Jailhouse, hypervisor/arch/arm64/traps.c';
const MAILS = "users' mails";

/** The root cell touches memory that its config does not give it. */
const ROOT_MEMORY: Partial<Reading> = {
  meaning:
    'the root cell did a {access} at {address}, which no memory region of the system config covers, or which was given to a cell',
  rules: ['cell/memory-outside-root', 'cell/shared-controller', 'root/reserved', 'root/uart'],
  fix: "look for {address} in the device tree and /proc/iomem of the root: a device that the root needs must be in the system config, and stay the root's when a cell gets it (ROOTSHARED); RAM of a cell must be reserved from the root kernel",
};

const trap = (kind: string, classes: string): string =>
  `FATAL: ${kind} (exception class {class:0x(?:${classes})})`;
const trapOf = (classes: string): string[] => [
  trap('unhandled trap', classes),
  trap('forbidden access', classes),
];

/** What a cell on arm and arm64 is stopped for; the narrower ones first. */
export const ARM_KINDS: readonly LogKind[] = [
  {
    id: 'arm-data',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: ['Unhandled data {access} at {address}({size:\\d{1,2}})'],
    meaning: 'a {access} at {address}, where the cell has neither memory nor a device',
    rules: ['dtb/memory-nodes', 'dtb/registers', 'dtb/console', 'dtb/gic', 'cell/memory-outside-root'],
    fix: "look for {address} in the device tree of the cell (`explain --cell` names the nearest region): memory or a device there must be in the cell's memory regions; take a node that the cell is not to use out of the tree",
    root: ROOT_MEMORY,
    source: `${COMMON}/mmio.c; ${MAILS}`,
  },
  {
    id: 'arm-data-cut',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: ['Unhandled data {access} at {part:(?:0x)?[0-9a-f]{0,16}}{:(?![0-9a-f(])}…'],
    meaning:
      'a {access} of memory that the cell does not have; another writer broke into the line, so that its address is not known',
    rules: ['dtb/memory-nodes', 'dtb/registers', 'dtb/console', 'dtb/gic'],
    fix: 'give the hypervisor and the kernels consoles of their own, or read the console of the hypervisor with `jailhouse console`; then the address is whole',
    source: MAILS,
  },
  {
    id: 'arm-instruction',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: ['FATAL: instruction abort at {address}'],
    meaning: 'the cell jumped to {address}, where it has no memory with EXECUTE',
    rules: ['placement/no-ram', 'placement/kernel', 'placement/reset-address', 'cell/alignment'],
    fix: 'load the images exactly where the plan says; the region that the kernel runs in needs EXECUTE, and must be whole pages',
    root: {
      meaning:
        'the root kernel ran at {address}, which no memory region with EXECUTE of the system config covers, or which was given to a cell',
      rules: ['cell/memory-outside-root', 'root/reserved'],
      fix: 'give the system config all RAM of /proc/iomem with EXECUTE, and reserve the RAM of the cells from the root kernel',
    },
    source: `${TRAPS}; ${MAILS}`,
  },
  {
    id: 'arm-trap-dabt',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: trapOf('24'),
    after: ['arm-data', 'arm-data-cut', 'mmio-subpage', 'pci-config', 'pci-msix-table', 'ivshmem-reg'],
    meaning:
      'the cell accessed memory or a device that it does not have; the line before this one has the address, and is not in this log',
    rules: ['dtb/memory-nodes', 'dtb/registers', 'dtb/gic'],
    fix: 'look for the line before it on the console of the hypervisor ("Unhandled data read at …")',
    root: {
      rules: ['cell/memory-outside-root'],
      fix: 'look for the line before it on the console of the hypervisor ("Unhandled data read at …"): the address must be in the system config',
    },
    source: TRAPS,
  },
  {
    id: 'arm-trap-iabt',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: trapOf('20'),
    after: ['arm-instruction'],
    meaning:
      'the cell jumped to where it has no memory with EXECUTE; the line before this one has the address, and is not in this log',
    rules: ['placement/no-ram', 'placement/kernel', 'placement/reset-address'],
    fix: 'look for the line before it on the console of the hypervisor ("instruction abort at …")',
    source: TRAPS,
  },
  {
    id: 'arm-trap-smc',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: trapOf('17|13'),
    after: ['arm-smc-arch'],
    meaning:
      'the kernel calls the firmware (SMC) for something that Jailhouse does not pass on: OP-TEE, or a service of the vendor',
    rules: ['dtb/psci'],
    fix: 'take the nodes of OP-TEE and of firmware services out of the device tree of the cell; PSCI stays, with method = "smc"',
    root: {
      rules: [],
      fix: 'switch off in the root what calls the firmware (OP-TEE, a driver of the vendor) while Jailhouse runs',
    },
    source: `${COMMON}/smccc.c`,
  },
  {
    id: 'arm-trap-sysreg',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: trapOf('18'),
    meaning:
      'the kernel uses a system register that Jailhouse does not emulate: of the interrupt controller, for debugging, tracing or performance counters',
    rules: [],
    fix: 'the last number after esr: has the register (bits 20-21 op0, 14-16 op1, 10-13 CRn, 1-4 CRm, 17-19 op2); leave out of the kernel what uses it',
    source: TRAPS,
  },
  {
    id: 'arm-trap-cp15',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: trapOf('0?3|0?4|0?5'),
    meaning: 'the kernel uses a register of a coprocessor (cp14 or cp15) that Jailhouse does not emulate',
    rules: [],
    fix: 'leave out of the kernel what uses it: debugging, performance counters, drivers for caches',
    source: 'Jailhouse, hypervisor/arch/arm/traps.c',
  },
  {
    id: 'arm-trap-hvc',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: trapOf('16|12'),
    meaning:
      'the kernel calls a hypervisor (HVC) that is not Jailhouse: its tree has PSCI with method "hvc", or it is built for guests of KVM or Xen',
    rules: ['dtb/psci', 'kernel/psci'],
    fix: 'write method = "smc" into the /psci node of the device tree',
    root: {
      rules: ['root/kernel'],
      fix: 'the root kernel uses KVM, or PSCI by hvc: build it without CONFIG_KVM',
    },
    source: TRAPS,
  },
  {
    id: 'arm-trap',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: trapOf('[0-9a-f]{1,2}'),
    meaning:
      'Jailhouse stopped the CPU for an exception that it does not handle (class {class}; 0x01 waits, 0x07 is floating point, 0x22 and 0x26 alignment, 0x2f an error of the bus)',
    rules: [],
    fix: 'look up the class in the ARM manual (ESR_EL2.EC): it names the instruction or event',
    source: TRAPS,
  },
  {
    id: 'arm-smc-arch',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: ['Unhandled SMC arch trap {hex}'],
    meaning:
      'the kernel asks the firmware for something that this Jailhouse does not know (SMC {hex}): it is newer than Jailhouse',
    rules: [],
    fix: 'update Jailhouse, use an older kernel, or put mitigations=off on its command line',
    source: `${COMMON}/smccc.c`,
  },
  {
    id: 'arm-el2',
    stage: 'enable',
    printer: 'hypervisor',
    shapes: ['Unhandled HYP exception: {text}'],
    meaning: 'the hypervisor itself ran into an exception: {text}',
    rules: ['cell/pci-physical', 'system/hypervisor-memory'],
    refine: ({ text }, { device }) =>
      device === null
        ? null
        : {
            meaning: `the hypervisor itself ran into an exception (${text}) while it added the PCI device ${device}`,
            fix: `check the entry of ${device} in the config: a real PCI device cannot be given to a cell where the PCI host is virtual`,
          },
    fix: 'look at the last line before it that says what was added or initialised, and check that entry of the system config: the interrupt controller, the SMMU, the debug console, real PCI devices of a virtual host. pc minus 0xffffc0200000 is the place in hypervisor.o (`objdump -d`)',
    source: `${TRAPS}; ${MAILS}`,
  },
  {
    id: 'arm-hyp-exit',
    stage: 'enable',
    printer: 'hypervisor',
    shapes: ['Unhandled HYP {exit:[a-z ]{2,20}} exit at {address}'],
    more: ['Physical address: {physical:0x[0-9a-f]{1,16}} {:HSR|ESR}: {esr:0x[0-9a-f]{1,8}}'],
    meaning: 'the hypervisor itself ran into an exception ({exit} at {address})',
    rules: ['cell/pci-physical', 'system/hypervisor-memory'],
    fix: 'look at the last line before it that says what was added or initialised, and check that entry of the system config: the interrupt controller, the debug console, real PCI devices of a virtual host',
    source: `Jailhouse, hypervisor/arch/arm/traps.c; ${MAILS}`,
  },
  {
    id: 'arm-pc',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: [
      'trapped instruction attempted to explicitly access the PC',
      'ERROR: attempt to write register {count}',
    ],
    meaning: 'the instruction that was to be emulated is not one that a kernel has: the CPU runs garbage',
    rules: ['placement/kernel', 'placement/overlap'],
    fix: 'compare the digests of the loaded files with the bundle, and load them where the plan says',
    source: 'Jailhouse, hypervisor/arch/arm/traps.c',
  },
  {
    id: 'arm-sgi',
    stage: 'guest',
    printer: 'hypervisor',
    weight: 'doubtful',
    shapes: ['WARN: unknown SGI received {count}'],
    meaning:
      'interrupts between the CPUs of Linux reach the hypervisor: a cell has the interrupt controller itself, instead of an emulated one',
    rules: ['cell/intercepted'],
    fix: 'take the interrupt controller out of all memory regions, and compare its addresses in the system config with the device tree of the root',
    source: `${COMMON}/irqchip.c; ${MAILS}`,
  },
  {
    id: 'arm-irq-route',
    stage: 'guest',
    printer: 'hypervisor',
    weight: 'doubtful',
    shapes: [
      'Attempt to route IRQ{irq:\\d{1,5}} outside of cell',
      'Attempt to route SPI{spi:\\d{1,5}} outside of cell',
    ],
    meaning: 'the kernel sends interrupt {irq} to a CPU that is not one of the cell',
    refine: ({ spi }) =>
      spi === undefined
        ? null
        : {
            meaning: `the kernel sends the shared interrupt ${spi} (SPI; ${Number(spi) + SPI_BASE} among all interrupts) to a CPU that is not one of the cell`,
          },
    rules: ['dtb/cpus'],
    fix: 'let the device tree have exactly the CPUs of the cell, with their reg (MPIDR)',
    source: `${COMMON}/gic-v2.c and gic-v3.c`,
  },
  {
    id: 'mmio-subpage',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: ['FATAL: Invalid MMIO {access}, address: {address}, size: {size}'],
    meaning:
      'a {access} of {size} bytes at {address} (of the machine, not of the guest), which the flags of that memory region do not allow',
    rules: ['cell/alignment'],
    fix: 'give the region the missing flags: READ or WRITE, IO_8 to IO_64 by the size, IO_UNALIGNED. A region of RAM that comes here is not whole pages: align it to 4 KiB',
    source: `Jailhouse, hypervisor/mmio.c; ${MAILS}`,
  },
  {
    id: 'arm-dump',
    stage: 'guest',
    printer: 'hypervisor',
    weight: 'info',
    shapes: [
      'Cell state before exception:',
      'Hypervisor stack before exception',
      'pc: {address:[0-9a-f]{8,16}} lr: {hex}',
      'sp: {hex:[0-9a-f]{8,16}} esr: {class:[0-9a-f]{2}} {il:[01]} {iss:[0-9a-f]{1,8}}',
      'sp: {hex:[0-9a-f]{8,16}} elr: {address}',
      'pc={address} cpsr={hex}',
    ],
    meaning: 'registers that belong to a line about an exception, which is not in this log',
    rules: [],
    fix: 'look for the line above: it has the reason',
    source: TRAPS,
  },
  {
    id: 'parked',
    stage: 'guest',
    printer: 'hypervisor',
    shapes: ['Parking CPU {cpu} (Cell: "{cell}")'],
    meaning:
      'Jailhouse stopped CPU {cpu} of the cell "{cell}"; the reason is in the lines before, which are not in this log',
    rules: [],
    fix: 'look for the line with FATAL, or "Unhandled", above; if "{cell}" is the root cell, its system config lacks what was accessed',
    source: 'Jailhouse, hypervisor/control.c',
  },
  {
    id: 'hv-stop',
    stage: 'enable',
    printer: 'hypervisor',
    shapes: ['Stopping CPU {cpu} (Cell: "{cell}")', 'Stopping CPU {cpu} (Cell: {cell:<UNSET>})'],
    meaning:
      'the hypervisor gave up on CPU {cpu} (of the cell "{cell}") until the next reboot, because of a fault of its own; the reason is in the lines before, which are not in this log',
    rules: [],
    fix: 'look for the line with FATAL, or "HYP", above',
    source: `Jailhouse, hypervisor/control.c; ${MAILS}`,
  },
];
