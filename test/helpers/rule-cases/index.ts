import { ADVICE_CASES } from './advice.ts';
import { ARM_CASES } from './arm.ts';
import { CMDLINE_CASES } from './cmdline.ts';
import { CONSOLE_CASES } from './console.ts';
import { DEVICE_CASES } from './devices.ts';
import { DOCUMENT_CASES } from './document.ts';
import { HARDWARE_CASES } from './hardware.ts';
import { INITRD_CASES } from './initrd.ts';
import { ROOT_CASES } from './root.ts';
import { UART_CASES } from './uarts.ts';
import type { RuleCases } from './case.ts';

/** What breaks and what satisfies each rule, by hand from the sources that the table names. */
export const RULE_CASES: RuleCases = {
  ...DOCUMENT_CASES,
  ...UART_CASES,
  ...HARDWARE_CASES,
  ...DEVICE_CASES,
  ...CONSOLE_CASES,
  ...INITRD_CASES,
  ...ROOT_CASES,
  ...CMDLINE_CASES,
  ...ARM_CASES,
  ...ADVICE_CASES,
};
