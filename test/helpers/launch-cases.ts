import type { LaunchCase } from './launch-case.ts';
import { checkCases, verifyCases } from './launch-check-cases.ts';
import { signalCases } from './launch-signal-cases.ts';
import { startCases } from './launch-start-cases.ts';
import { usageCases, verbCases } from './launch-verb-cases.ts';

/** Every step of launch.sh with a fault in it, and the good runs. */
export const LAUNCH_CASES: readonly LaunchCase[] = [
  ...verifyCases,
  ...checkCases,
  ...startCases,
  ...signalCases,
  ...verbCases,
  ...usageCases,
];
