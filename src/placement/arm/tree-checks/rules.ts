import { CONSOLE_RULE } from './console.ts';
import { CPUS_RULE } from './cpus.ts';
import { GIC_RULE } from './gic.ts';
import { INTERRUPTS_RULE } from './interrupts.ts';
import { LEFTOVER_RULES } from './leftovers.ts';
import { PSCI_RULE } from './psci.ts';
import { REGISTERS_RULE } from './registers.ts';
import type { TreeRule } from './rule.ts';
import { TIMER_RULE } from './timer.ts';
import { VPCI_RULE } from './vpci.ts';

/** All that a device tree and its cell must agree on, in the order in which it is reported. */
export const TREE_RULES: readonly TreeRule[] = [
  ...LEFTOVER_RULES,
  CPUS_RULE,
  PSCI_RULE,
  TIMER_RULE,
  CONSOLE_RULE,
  REGISTERS_RULE,
  GIC_RULE,
  INTERRUPTS_RULE,
  VPCI_RULE,
];

export const isTreeRule = (code: string): boolean => TREE_RULES.some(({ id }) => id === code);
