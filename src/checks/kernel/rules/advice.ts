import type { Rule } from '../rule.ts';

/** What probes hardware that cells rarely have, or costs memory. */
const UNNEEDED = [
  'ACPI',
  'AGP',
  'BLK_DEV_FD',
  'BT',
  'DMI',
  'DRM',
  'EFI',
  'FB',
  'HIBERNATION',
  'HPET',
  'INPUT',
  'PARPORT',
  'PCMCIA',
  'RTC_DRV_CMOS',
  'SOUND',
  'SUSPEND',
  'USB',
  'VGA_CONSOLE',
  'WLAN',
];

/** Nothing that keeps a kernel from running. */
export const ADVICE_RULES: readonly Rule[] = [
  {
    id: 'kernel/unneeded',
    reason: 'built in, they cost memory, and some probe hardware that the cell does not have',
    when: { architecture: ['x86'] },
    wanted: { symbol: UNNEEDED, value: ['n', 'm'], with: [{ symbol: 'EXPERT', value: 'y' }] },
    severity: { strict: 'info', mainline: 'info' },
    symptom: 'less memory for programs; sometimes FATAL: Invalid PIO read',
    fix: 'turn off what the cell has no hardware for (CONFIG_EXPERT=y shows some of it)',
    source: 'Jailhouse, Documentation/non-root-linux.txt, which asks for a config that is tuned to the cell',
  },
  {
    id: 'kernel/config-embedded',
    reason: 'with it the image carries its config, which proves that this one is its own',
    when: { architecture: ['x86'] },
    wanted: { symbol: 'IKCONFIG', value: 'y' },
    severity: { strict: 'info', mainline: 'info' },
    symptom: "it cannot be checked whether a .config is this kernel's",
    fix: 'set CONFIG_IKCONFIG=y',
    source: 'Linux, init/Kconfig',
  },
];
