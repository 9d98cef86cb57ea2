import { ARCHITECTURES } from '../../../base/choices.ts';
import { judgeGuest, judgeOwnership } from '../judges/guest.ts';
import { judgeWordSize } from '../judges/word-size.ts';
import type { Rule } from '../rule.ts';

const DOCUMENT = 'Jailhouse, Documentation/non-root-linux.txt';

export const OWNERSHIP_RULES: readonly Rule[] = [
  {
    id: 'kernel/config-not-own',
    reason: 'the kernel was not built with this config, so nothing in it can be relied on',
    when: { architecture: ARCHITECTURES },
    wanted: {
      symbols: [],
      words:
        'a config for the image’s architecture and version that agrees with what the image shows: the code for Jailhouse guests, SMP and PREEMPT in its banner, `CONFIG_LOCALVERSION` in its release',
      needs: ['config'],
      judge: judgeOwnership,
    },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'the kernel passes the checks, but behaves differently on the target',
    fix: 'give the .config that the image was built with; with CONFIG_IKCONFIG=y it is in the image',
    source:
      'the image: its version, its format, its banner (Linux, init/Makefile), the texts of arch/x86/kernel/jailhouse.c in it',
  },
];

export const DOCUMENT_RULES: readonly Rule[] = [
  {
    id: 'kernel/jailhouse-guest',
    reason:
      'the kernel does not know that it runs in a cell, and probes hardware that the cell does not have',
    when: { architecture: ['x86'] },
    wanted: { symbols: ['JAILHOUSE_GUEST'], needs: [['config', 'contents']], judge: judgeGuest },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'FATAL: Invalid PIO read, port: 61',
    fix: 'set CONFIG_JAILHOUSE_GUEST=y, with CONFIG_HYPERVISOR_GUEST=y, CONFIG_PARAVIRT=y and CONFIG_PCI=y',
    source: `${DOCUMENT}; Linux 4.16, arch/x86/Kconfig`,
  },
  {
    id: 'kernel/hypervisor-guest',
    reason: 'CONFIG_JAILHOUSE_GUEST depends on it; a config without it is not what the kernel was built with',
    when: { architecture: ['x86'], kernel: { from: '3.10' } },
    wanted: { symbol: 'HYPERVISOR_GUEST', value: 'y' },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'FATAL: Invalid PIO read, port: 61',
    fix: 'set CONFIG_HYPERVISOR_GUEST=y, and let `make olddefconfig` write the config',
    source: `${DOCUMENT}; Linux 3.10, arch/x86/Kconfig`,
  },
  {
    id: 'kernel/paravirt',
    reason: "Jailhouse's document asks for it; since Linux 4.16 the guest code does not need it",
    when: { architecture: ['x86'] },
    wanted: { symbol: 'PARAVIRT', value: 'y', with: [{ symbol: 'HYPERVISOR_GUEST', value: 'y' }] },
    severity: { strict: 'error', mainline: { since: '4.16', older: 'error', newer: 'warning' } },
    symptom: 'before Linux 4.16: no guest code in the kernel',
    fix: 'set CONFIG_PARAVIRT=y',
    source: `${DOCUMENT}; Linux 4.16, arch/x86/Kconfig`,
  },
  {
    id: 'kernel/pci',
    reason: 'CONFIG_JAILHOUSE_GUEST depends on it; a config without it is not what the kernel was built with',
    when: { architecture: ['x86'] },
    wanted: { symbol: 'PCI', value: 'y' },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'FATAL: Invalid PIO read, port: 61',
    fix: 'set CONFIG_PCI=y, and let `make olddefconfig` write the config',
    source: 'Linux 4.16, arch/x86/Kconfig',
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
    wanted: { symbols: ['64BIT', 'X86_64'], needs: [['image', 'config']], judge: judgeWordSize },
    severity: { strict: 'error', mainline: 'error' },
    symptom: 'the cell crashes as soon as the loader jumps to the kernel',
    fix: 'build the kernel with CONFIG_64BIT=y',
    source: `${DOCUMENT}; XLF_KERNEL_64 of Linux, Documentation/arch/x86/boot.rst`,
  },
];
