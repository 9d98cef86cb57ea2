import { describe, expect, test } from 'vitest';
import { machineScript } from '../../../src/bundle/launch/machine-script.ts';
import { expectMachine } from '../../helpers/launch/expect-machine.ts';
import { MACHINE_CASES, machineLaunch } from '../../helpers/launch/machine-cases.ts';

// The whole table under dash and busybox is in e2e/launch-shells.e2e.ts.
describe("a machine's launch.sh under sh", () => {
  const shell = { command: ['sh'], path: process.env['PATH'] ?? '/usr/bin:/bin' };
  test.for(MACHINE_CASES.filter(({ core }) => core))('$title', async (launch) =>
    expectMachine(shell, launch),
  );
});

test('says what made it, and which cells it starts in which order', () => {
  const script = machineScript(machineLaunch());
  expect(script).toMatch(/^#!\/bin\/sh\n# Starts and stops the cells of a machine\./);
  expect(script).toContain(
    '#   bundle:    board\n#   cells:     rtos, linux, gateway\n#   Jailhouse: 0.12\n',
  );
  expect(machineScript(machineLaunch())).toBe(script);
});

test('never disables Jailhouse', () => {
  expect(machineScript(machineLaunch())).not.toMatch(/invoke disable|cell_command disable/);
});
