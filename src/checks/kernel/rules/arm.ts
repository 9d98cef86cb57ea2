import { judgeDrivers, judgePsci } from '../judges/arm.ts';
import { judgeRamBase } from '../judges/cell.ts';
import type { Rule } from '../rule.ts';

export const ARM_RULES: readonly Rule[] = [
  {
    id: 'kernel/arm64',
    reason: 'the kernel is an arm64 one, and its config says so',
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
    wanted: { symbols: [], needs: ['config', 'cell'], judge: judgeDrivers },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'no output, no interrupts or no shared memory, as the device is',
    fix: 'turn the named symbols on',
    source: 'Linux, drivers/tty/serial, drivers/irqchip and drivers/pci/controller',
  },
  {
    id: 'kernel/auto-zreladdr',
    reason:
      'before Linux 5.12 the zImage takes the start of the 128 MiB that it is in for the start of the RAM',
    when: { architecture: ['arm'], kernel: { before: '5.12' } },
    wanted: { symbols: ['AUTO_ZRELADDR'], needs: ['config', 'cell'], judge: judgeRamBase },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'a silent hang, or `Unhandled data write`',
    fix: 'move the RAM of the cell (.virt_start), or use Linux 5.12 or newer, which reads the device tree',
    source: 'Linux, arch/arm/boot/compressed/head.S',
  },
];
