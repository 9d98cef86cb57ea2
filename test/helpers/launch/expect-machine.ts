import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { machineRig, type MachineCase } from './machine-cases.ts';
import { redirected, type LaunchRig, type Shell } from './rig.ts';

/** The cells that are there, but for the root cell. */
async function statesOf(rig: LaunchRig): Promise<Record<string, string>> {
  const folders = await readdir(join(rig.sysfs, 'cells'));
  const states = folders.filter((name) => name !== '0').map(async (name) => [name, await rig.state(name)]);
  return Object.fromEntries(await Promise.all(states)) as Record<string, string>;
}

/** `create`, `enable`, else the step and its cell. */
function stepOf([first, step, ...words]: readonly string[]): string {
  if (first !== 'cell') return first!;
  if (step === 'create') return step;
  return `${step}:${words[0] === '--name' ? words[1] : words[0]}`;
}

/** Runs one case of the table and compares all that it says. */
export async function expectMachine(shell: Shell, launch: MachineCase): Promise<void> {
  const rig = await machineRig(launch.input);
  try {
    await launch.arrange?.(rig);
    const kept = await rig.kept();
    const outcome = await rig.run(redirected(shell, launch.redirect), launch.args, {
      env: { STUB_MACHINE: 'yes', ...launch.env },
      ...(launch.signal && { signal: launch.signal }),
    });
    const steps = (await rig.calls()).map(stepOf).join(' ');
    const left = await statesOf(rig);
    expect({ code: outcome.code, steps, left }, outcome.stderr).toEqual({
      code: launch.code,
      steps: launch.steps,
      left: launch.left,
    });
    // Neither copies nor locks are left, not even those of killed runs.
    expect((await rig.kept()).filter((name) => name.startsWith('files.') || !kept.includes(name))).toEqual(
      [],
    );
    expect(outcome.stderr).toMatch(launch.stderr);
    expect(outcome.stdout).toMatch(launch.stdout ?? /^$/);
    const foreign = outcome.stderr
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('launch.sh: '));
    expect(foreign).toEqual([]);
  } finally {
    await rig.remove();
  }
}
