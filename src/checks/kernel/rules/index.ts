import type { ProjectCode } from '../../../base/codes.ts';
import { ADVICE_RULES } from './advice.ts';
import { ARM_RULES } from './arm.ts';
import { CMDLINE_RULES } from './cmdline.ts';
import { CONSOLE_RULES } from './console.ts';
import { DEVICE_RULES } from './devices.ts';
import { DOCUMENT_RULES, OWNERSHIP_RULES } from './document.ts';
import { HARDWARE_RULES } from './hardware.ts';
import { INITRD_RULES } from './initrd.ts';
import { ROOT_RULES } from './root.ts';
import type { Rule } from '../rule.ts';

/** The table in the groups, and in the order, in which it is documented and findings are told. */
export const RULE_GROUPS: readonly { title: string; rules: readonly Rule[] }[] = [
  { title: 'Whose config it is', rules: OWNERSHIP_RULES },
  { title: "What Jailhouse's document asks for", rules: DOCUMENT_RULES },
  { title: 'The console', rules: CONSOLE_RULES },
  { title: 'Hardware and start of an x86 cell', rules: HARDWARE_RULES },
  { title: 'Drivers, and what programs need', rules: DEVICE_RULES },
  { title: 'The initrd', rules: INITRD_RULES },
  { title: 'The root file system', rules: ROOT_RULES },
  { title: 'The command line', rules: CMDLINE_RULES },
  { title: 'arm64 and arm', rules: ARM_RULES },
  { title: 'Advice', rules: ADVICE_RULES },
];

export const RULES: readonly Rule[] = RULE_GROUPS.flatMap(({ rules }) => rules);

/** The rule that a manifest's `checks.require` makes of a symbol's name (without `CONFIG_`). */
export const projectRule = (symbol: string): ProjectCode => `project/CONFIG_${symbol}`;
