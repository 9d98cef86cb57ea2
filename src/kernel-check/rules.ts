import { judgeDrivers, judgePsci } from './arm-judges.ts';
import { CMDLINE_RULES } from './cmdline-rules.ts';
import { CONSOLE_RULES } from './console-rules.ts';
import { INITRD_RULES } from './initrd-rules.ts';
import { judgeWordSize } from './judges.ts';
import type { Rule } from './rule.ts';

const DOCUMENT = 'Jailhouse, Documentation/non-root-linux.txt';

export const RULES: readonly Rule[] = [
  {
    id: 'kernel/jailhouse-guest',
    reason:
      'the kernel does not know that it runs in a cell, and probes hardware that the cell does not have',
    when: { architecture: ['x86'] },
    wanted: { symbol: 'JAILHOUSE_GUEST', value: 'y' },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'FATAL: Invalid PIO read, port: 61',
    fix: 'set CONFIG_JAILHOUSE_GUEST=y, with CONFIG_HYPERVISOR_GUEST=y, CONFIG_PARAVIRT=y and CONFIG_PCI=y',
    source: `${DOCUMENT}; Linux 4.16, arch/x86/Kconfig`,
  },
  {
    id: 'kernel/serio',
    reason: 'the kernel may probe a keyboard controller (ports 60 and 64) that the cell does not have',
    when: { architecture: ['x86'] },
    wanted: { symbol: 'SERIO', value: 'n' },
    severity: { strict: 'error', mainline: { since: '4.16', older: 'error', newer: 'warning' } },
    symptom: 'FATAL: Invalid PIO read, port: 64',
    fix: 'turn CONFIG_SERIO off, and the drivers that select it (CONFIG_KEYBOARD_ATKBD, CONFIG_MOUSE_PS2, ...)',
    source: `${DOCUMENT}; since Linux 4.16 the guest code marks the i8042 absent`,
  },
  {
    id: 'kernel/pm-trace-rtc',
    reason: 'the kernel may touch the CMOS clock (ports 70 and 71), which the cell does not own',
    when: { architecture: ['x86'] },
    wanted: { symbol: 'PM_TRACE_RTC', value: 'n' },
    severity: { strict: 'error', mainline: { since: '5.15', older: 'error', newer: 'warning' } },
    symptom: 'FATAL: Invalid PIO write, port: 70',
    fix: 'turn CONFIG_PM_TRACE_RTC off',
    source: `${DOCUMENT}; since about Linux 5.15 the code asks first whether there is such a clock`,
  },
  {
    id: 'kernel/64bit',
    reason: "Jailhouse's loader enters the kernel in 64-bit mode",
    when: { architecture: ['x86'] },
    wanted: { symbols: ['64BIT', 'X86_64'], needs: [], judge: judgeWordSize },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'the cell crashes as soon as the loader jumps to the kernel',
    fix: 'build the kernel with CONFIG_64BIT=y',
    source: `${DOCUMENT}; XLF_KERNEL_64 of Linux, Documentation/arch/x86/boot.rst`,
  },
  ...CONSOLE_RULES,
  ...INITRD_RULES,
  ...CMDLINE_RULES,
  {
    id: 'kernel/arm64',
    reason: 'the image is an arm64 one, so this config is not its own',
    when: { architecture: ['arm64'] },
    wanted: { symbol: 'ARM64', value: 'y' },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'none of the other rules says anything about this kernel',
    fix: 'give the .config that the image was built with',
    source: 'Linux, arch/arm64/Kconfig',
  },
  {
    id: 'kernel/device-tree',
    reason: 'the kernel learns its memory and devices from the device tree alone',
    when: { architecture: ['arm', 'arm64'] },
    wanted: { symbol: 'OF', value: 'y' },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'a silent hang',
    fix: 'set CONFIG_OF=y (on arm with CONFIG_USE_OF=y)',
    source: 'Linux, Documentation/arch/arm64/booting.rst and arch/arm/booting.rst',
  },
  {
    id: 'kernel/psci',
    reason: 'the hypervisor starts and stops the CPUs of a cell by PSCI',
    when: { architecture: ['arm', 'arm64'] },
    wanted: { symbols: ['ARM_PSCI', 'ARM_PSCI_FW'], needs: ['config'], judge: judgePsci },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'the guest has one CPU, and does not power off',
    fix: 'set CONFIG_ARM_PSCI=y (on arm64 it is CONFIG_ARM_PSCI_FW, which is always selected)',
    source: 'Linux, drivers/firmware/psci/Kconfig and arch/arm/Kconfig',
  },
  {
    id: 'kernel/cmdline-force',
    reason: 'the kernel takes its built-in command line instead of the cell’s',
    when: { architecture: ['arm', 'arm64'] },
    wanted: { symbol: 'CMDLINE_FORCE', value: 'n' },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'the command line of the manifest has no effect',
    fix: 'turn CONFIG_CMDLINE_FORCE off',
    source: 'Linux, arch/arm64/Kconfig and arch/arm/Kconfig',
  },
  {
    id: 'kernel/drivers',
    reason: 'the kernel has no driver for a device that the cell and its device tree give it',
    when: { architecture: ['arm', 'arm64'] },
    wanted: { symbols: [], needs: ['config'], judge: judgeDrivers },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'no output, no interrupts or no shared memory, as the device is',
    fix: 'turn the named symbols on',
    source: 'Linux, drivers/tty/serial, drivers/irqchip and drivers/pci/controller',
  },
];

/** No config was found, so the rules about symbols could not be checked. */
export const CONFIG_MISSING = 'kernel/config-missing';

/** The rule that a manifest's `checks.require` makes of a symbol's name (without `CONFIG_`). */
export const projectRule = (symbol: string): string => `project/CONFIG_${symbol}`;
