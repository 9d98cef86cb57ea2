import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { machineUnits, systemdUnit, watchUnit } from '../../src/bundle/launch/service.ts';
import { machineLaunch } from '../helpers/launch/machine-cases.ts';
import { launchInput } from '../helpers/launch/rig.ts';

/** What systemd says of units; their programs must be there. */
async function verdict(units: ReadonlyMap<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'units-'));
  try {
    await mkdir(join(folder, 'root/opt/jailhouse'), { recursive: true });
    const paths: string[] = [];
    for (const [name, text] of units) {
      const path = join(folder, name);
      await writeFile(path, text.replaceAll(/=\/opt\/jailhouse\/\S+/g, '=/bin/true'));
      paths.push(path);
    }
    // jailhouse.service is the target's own, or is not there.
    const said = execFileSync('sh', ['-c', 'systemd-analyze verify "$@" 2>&1 || :', 'sh', ...paths], {
      encoding: 'utf8',
    });
    return said
      .split('\n')
      .filter(
        (line) => line.includes(folder) || [...units.keys()].some((name) => line.startsWith(`${name}:`)),
      )
      .join('\n');
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('systemd finds faults', async () => {
  const unit = systemdUnit(launchInput()).replace('RemainAfterExit=yes', 'RemainAfterExit=perhaps');
  expect(await verdict(new Map([['demo.service', unit]]))).toContain('perhaps');
});

test('systemd has nothing to say of the units of a cell', async () => {
  const units = new Map([
    ['demo.service', systemdUnit(launchInput())],
    ['demo-watch.service', watchUnit(launchInput())],
  ]);
  expect(await verdict(units)).toBe('');
});

test('systemd has nothing to say of the units of a machine', async () => {
  const machine = machineLaunch();
  const cells = machine.cells.map((cell) => ({ ...cell, restart: 'always' as const }));
  const units = machineUnits({ ...machine, cells });
  expect([...units.keys()]).toContain('board-linux-watch.service');
  expect(await verdict(units)).toBe('');
});
