import { expect } from 'vitest';
import type { LaunchCase } from './case.ts';
import { launchInput, LaunchRig, redirected, type Shell } from './rig.ts';

/** Runs one case of the table and compares all that it says. */
export async function expectLaunch(shell: Shell, launch: LaunchCase): Promise<void> {
  const rig = await LaunchRig.create(launchInput(launch.input));
  try {
    await launch.arrange?.(rig);
    const kept = await rig.kept();
    const begin = performance.now();
    const outcome = await rig.run(redirected(shell, launch.redirect), launch.args, {
      ...(launch.env && { env: launch.env }),
      ...(launch.signal && { signal: launch.signal }),
      ...(launch.group && { group: launch.group }),
    });
    const seconds = (performance.now() - begin) / 1000;
    const steps = (await rig.calls()).map(([first, second]) => (first === 'cell' ? second : first));
    expect({ code: outcome.code, steps: steps.join(' '), left: await rig.state() }, outcome.stderr).toEqual({
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
    // Nothing that a terminal acts on.
    expect(outcome.stderr).not.toMatch(/[^\P{Cc}\t\n]/u);
    // What hangs, and what is waited for, takes far longer.
    expect(seconds).toBeLessThan(25);
  } finally {
    await rig.remove();
  }
}
