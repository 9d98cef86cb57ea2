import { ARCHITECTURES } from '../../../base/choices.ts';
import {
  judgeConsoleName,
  judgeHypervisorConsole,
  judgeNoConsole,
  judgeVirtioConsole,
  judgeWriteOnlyConsole,
} from '../judges/console.ts';
import type { Rule } from '../rule.ts';
import { judgeConsoleIrq, judgeConsolePorts, judgeEarlyConsole, judgeRuntimeUarts } from '../judges/uart.ts';

const GUEST_CODE = 'Linux, arch/x86/kernel/jailhouse.c';

/** Command line, config, kernel and cell must agree on the console. */
export const CONSOLE_RULES: readonly Rule[] = [
  {
    id: 'kernel/runtime-uarts',
    reason:
      'touching a UART that the cell does not own stops it, and a console without its UART stays silent',
    when: { architecture: ['x86'] },
    wanted: { symbols: ['SERIAL_8250_RUNTIME_UARTS'], needs: ['config'], judge: judgeRuntimeUarts },
    severity: { strict: 'error', mainline: 'error' },
    symptom:
      'too many: FATAL: Invalid PIO read, port: 3f9; none: no output, and init ends without /dev/console; too few: the console is on ttyS0',
    fix: 'set CONFIG_SERIAL_8250_RUNTIME_UARTS to the requested number, or put 8250.nr_uarts= on the cmdline',
    source: `Jailhouse, Documentation/non-root-linux.txt; ${GUEST_CODE} of Linux 5.5 reads which UARTs the cell owns`,
  },
  {
    id: 'kernel/console-ports',
    reason: 'a UART that is not entirely the cell’s stays silent, or stops the cell',
    when: { architecture: ['x86'] },
    wanted: {
      symbols: [],
      words:
        'one PIO region that is exactly the console’s UART (`0x3f8+8`, `0x2f8+8`, `0x3e8+8`, `0x2e8+8`), and every UART that the kernel probes, see below',
      needs: ['cmdline', 'cell'],
      judge: judgeConsolePorts,
    },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'no output at all, or FATAL: Invalid PIO read, port: 3f9 (2f9, 3e9, 2e9)',
    fix: 'give the cell the UART in .pio_regions (up to Jailhouse 0.11: clear its bits in .pio_bitmap), or name another console',
    source: `${GUEST_CODE}; Jailhouse, tools/jailhouse-cell-linux of 0.12 sets a UART's flag for a region of exactly its ports`,
  },
  {
    id: 'kernel/console-irq',
    reason: 'without its interrupt a UART shows only what the kernel itself prints',
    when: { architecture: ['x86'] },
    wanted: {
      symbols: [],
      words:
        'pin 4 (ttyS0, ttyS2) or 3 (ttyS1, ttyS3) of the IOAPIC at `0xfec00000` in the cell; that of ttyS0 if the kernel registers too few UARTs for the console’s number, and so takes that',
      needs: ['cmdline', 'cell'],
      judge: judgeConsoleIrq,
    },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'kernel messages appear, but no login; without any IOAPIC the boot stops halfway',
    fix: 'give the cell the pin in .irqchips: 4 for ttyS0 and ttyS2, 3 for ttyS1 and ttyS3',
    source: `${GUEST_CODE} and arch/x86/include/asm/serial.h; seen with Linux 6.1`,
  },
  {
    id: 'kernel/early-console',
    reason: 'an early console writes before the kernel knows which UARTs the cell owns',
    when: { architecture: ['x86'] },
    wanted: {
      symbols: [],
      words:
        'in `earlyprintk=` and `earlycon=` a UART that the cell has, and the console’s; a warning unless the config has `CONFIG_EARLY_PRINTK` or `CONFIG_SERIAL_EARLYCON`, which read the words',
      needs: ['cmdline'],
      judge: judgeEarlyConsole,
    },
    severity: { strict: 'error', mainline: 'error' },
    symptom:
      'FATAL: Invalid PIO read or write at the ports of the UART, or an output that moves to another UART',
    fix: 'name the UART that the cell owns, or remove the early console',
    source: 'Linux, arch/x86/kernel/early_printk.c and drivers/tty/serial/earlycon.c',
  },
  {
    id: 'kernel/console-write-only',
    reason: 'the hypervisor’s console can be written to, but not read from',
    when: { architecture: ARCHITECTURES },
    wanted: {
      symbols: [],
      words: 'another console than `console=jailhouse`, or one in addition to it',
      needs: ['cmdline'],
      judge: judgeWriteOnlyConsole,
    },
    severity: { strict: 'warning', mainline: 'warning' },
    symptom: 'messages appear, but there is no login, and init may find no /dev/console',
    fix: 'add the console for programs as the last console=',
    source: "the driver of CONFIG_JAILHOUSE_DBGCON in Siemens' kernels",
  },
  {
    id: 'kernel/hypervisor-console',
    reason: 'the hypervisor drops what a cell without the permission writes',
    when: { architecture: ARCHITECTURES },
    wanted: {
      symbols: [],
      words:
        'for `console=jailhouse` and `earlycon=jailhouse` `JAILHOUSE_CELL_VIRTUAL_CONSOLE_PERMITTED` (up to Jailhouse 0.9 `JAILHOUSE_CELL_DEBUG_CONSOLE`) in the cell’s flags',
      needs: ['cmdline', 'cell'],
      judge: judgeHypervisorConsole,
    },
    severity: { strict: 'warning', mainline: 'warning' },
    symptom: 'no output on that console',
    fix: 'permit it in .flags of the cell config, or name another console',
    source: 'Jailhouse, Documentation/debug-output.md and include/jailhouse/cell-config.h',
  },
  {
    id: 'kernel/virtio-console',
    reason: 'hvc0 exists only if the cell has such a device and the kernel has its driver',
    when: { architecture: ARCHITECTURES },
    wanted: {
      symbols: ['VIRTIO_IVSHMEM', 'VIRTIO_CONSOLE'],
      words:
        'for `console=hvc0` an ivshmem device for a virtio console in the cell, and `CONFIG_VIRTIO_IVSHMEM=y` and `CONFIG_VIRTIO_CONSOLE=y`',
      needs: ['cmdline', 'cell'],
      judge: judgeVirtioConsole,
    },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'no output, and init finds no /dev/console',
    fix: 'give the cell an ivshmem device for a virtio console, or name another console',
    source: 'Jailhouse 0.12, include/jailhouse/cell-config.h and Documentation/inter-cell-communication.md',
  },
  {
    id: 'kernel/console-name',
    reason: 'with a console= that names none, Linux opens none',
    when: { architecture: ['x86'] },
    wanted: {
      symbols: [],
      words:
        'no `console=` on a UART of other chips (`ttyAMA0`, `ttymxc0`, `ttyPS0` ...); a warning next to another console',
      needs: ['cmdline'],
      judge: judgeConsoleName,
    },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'no output, and init ends without /dev/console',
    fix: 'name a console that the cell owns: console=ttyS0,115200',
    source: 'Linux, drivers/tty/serial and kernel/printk/printk.c',
  },
  {
    id: 'kernel/no-console',
    reason: 'without one, the kernel chooses the console itself',
    when: { architecture: ARCHITECTURES },
    wanted: {
      symbols: [],
      words: 'a `console=`; on arm and arm64 also `stdout-path` in the device tree',
      needs: ['cmdline'],
      judge: judgeNoConsole,
    },
    severity: { strict: 'info', mainline: 'info' },
    symptom: 'the cell may boot without any output',
    fix: 'name a console that the cell owns: console=ttyS0,115200',
    source: 'Linux, Documentation/admin-guide/serial-console.rst; seen with Linux 6.1',
  },
];
