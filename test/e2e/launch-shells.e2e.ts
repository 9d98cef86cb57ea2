import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codePoint } from '../helpers/any-text.ts';
import fc from 'fast-check';
import { afterAll, describe, test } from 'vitest';
import type { LaunchCase } from '../helpers/launch/case.ts';
import { LAUNCH_CASES } from '../helpers/launch/cases.ts';
import { cellWords } from '../../src/placement/commands.ts';
import { expectLaunch } from '../helpers/launch/expect.ts';
import { expectMachine } from '../helpers/launch/expect-machine.ts';
import { MACHINE_CASES } from '../helpers/launch/machine-cases.ts';
import { CELL_NAMES } from '../helpers/launch/names.ts';
import { expectRoundTrip } from '../helpers/launch/round-trip.ts';

const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
const applets = await mkdtemp(join(tmpdir(), 'applets-'));
for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n')) {
  await symlink(busybox, join(applets, applet));
}
afterAll(async () => rm(applets, { recursive: true }));

const DASH = { command: ['dash'], path: '/usr/bin:/bin' };

/** bash has dash's tools: what is left to it is the shell's own, its signals and streams, and what is most used. */
const ofShell = ({ core, signal, redirect }: Pick<LaunchCase, 'core' | 'signal' | 'redirect'>): boolean =>
  core === true || signal !== undefined || redirect !== undefined;

describe.each([
  { name: 'bash', shell: { command: ['bash'], path: '/usr/bin:/bin' }, cases: ofShell },
  { name: 'dash', shell: DASH, cases: () => true },
  {
    name: 'busybox ash, nothing but applets',
    shell: { command: [busybox, 'sh'], path: applets },
    cases: () => true,
  },
])('launch.sh under $name', ({ shell, cases }) => {
  test.concurrent.for(LAUNCH_CASES.filter(cases))('$title', async (launch) => expectLaunch(shell, launch));

  test.concurrent.for(MACHINE_CASES.filter(cases))('a machine: $title', async (launch) =>
    expectMachine(shell, launch),
  );

  test.concurrent.for(CELL_NAMES)('a cell called %s', async (name) =>
    expectRoundTrip(shell, name, cellWords(name).slice(0, -1)),
  );
});

// dash keeps marks of its own among the bytes 0x81..0x88
test('any cell name, under dash', async () => {
  const bytes = fc.string({ unit: codePoint, minLength: 1, maxLength: 10 });
  const control = /[\0\n]/u;
  const names = fc.sample(
    fc.oneof(
      bytes,
      fc.string({ unit: fc.constantFrom(...'ŁłÀàĂ\u0181\u2081\\\'"$` *'), minLength: 1, maxLength: 8 }),
    ),
    12,
  );
  for (const name of names.filter((text) => !control.test(text))) {
    await expectRoundTrip(DASH, name, cellWords(name).slice(0, -1));
  }
});
