import { ADVICE_CASES } from './rule-cases-advice.ts';
import { ARM_CASES } from './rule-cases-arm.ts';
import { CMDLINE_CASES } from './rule-cases-cmdline.ts';
import { CONSOLE_CASES } from './rule-cases-console.ts';
import { DEVICE_CASES } from './rule-cases-devices.ts';
import { DOCUMENT_CASES } from './rule-cases-document.ts';
import { HARDWARE_CASES } from './rule-cases-hardware.ts';
import { INITRD_CASES } from './rule-cases-initrd.ts';
import { UART_CASES } from './rule-cases-uarts.ts';
import type { RuleCases } from './rule-cases.ts';

/** What breaks and what satisfies each rule, by hand from the sources that the table names. */
export const RULE_CASES: RuleCases = {
  ...DOCUMENT_CASES,
  ...UART_CASES,
  ...HARDWARE_CASES,
  ...DEVICE_CASES,
  ...CONSOLE_CASES,
  ...INITRD_CASES,
  ...CMDLINE_CASES,
  ...ARM_CASES,
  ...ADVICE_CASES,
};
