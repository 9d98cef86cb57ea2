import type { LaunchCase } from './case.ts';
import { checkCases, verifyCases } from './check-cases.ts';
import { consoleCases } from './console-cases.ts';
import { driverCases } from './driver-cases.ts';
import { hookCases } from './hook-cases.ts';
import { stayingCases } from './ready-cases.ts';
import { gateCases } from './gate-cases.ts';
import { copyCases, limitCases, lockCases } from './lock-cases.ts';
import { signalCases } from './signal-cases.ts';
import { startCases } from './start-cases.ts';
import { usageCases, verbCases } from './verb-cases.ts';

/** Every step of launch.sh with a fault in it, and the good runs. */
export const LAUNCH_CASES: readonly LaunchCase[] = [
  ...verifyCases,
  ...checkCases,
  ...driverCases,
  ...consoleCases,
  ...hookCases,
  ...stayingCases,
  ...startCases,
  ...signalCases,
  ...lockCases,
  ...limitCases,
  ...copyCases,
  ...gateCases,
  ...verbCases,
  ...usageCases,
];
