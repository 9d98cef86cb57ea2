import { describe, test } from 'vitest';
import { LAUNCH_CASES } from '../../helpers/launch/cases.ts';
import { expectLaunch } from '../../helpers/launch/expect.ts';

// The whole table under dash and busybox is in e2e/launch-shells.e2e.ts.
describe('launch.sh under sh', () => {
  const shell = { command: ['sh'], path: process.env['PATH'] ?? '/usr/bin:/bin' };
  test.for(LAUNCH_CASES.filter(({ core }) => core))('$title', async (launch) => expectLaunch(shell, launch));
});
