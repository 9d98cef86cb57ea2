import { describe, expect, test } from 'vitest';
import { systemdUnit } from '../../../src/bundle/launch/service.ts';
import { launchInput } from '../../helpers/launch/rig.ts';

/** The assignments of a unit file, by section. */
function settings(unit: string): Record<string, string> {
  const found: Record<string, string> = {};
  let section = '';
  for (const line of unit.split('\n')) {
    if (line.startsWith('[')) section = line.slice(1, -1);
    else if (line !== '' && !line.startsWith('#')) {
      const at = line.indexOf('=');
      found[`${section}.${line.slice(0, at)}`] = line.slice(at + 1);
    }
  }
  return found;
}

describe('systemdUnit', () => {
  test('starts and stops through the bundle', () => {
    expect(settings(systemdUnit(launchInput()))).toEqual({
      'Unit.Description': 'Jailhouse cell demo (bundle demo)',
      'Unit.Wants': 'jailhouse.service',
      'Unit.After': 'jailhouse.service',
      'Service.Type': 'oneshot',
      'Service.RemainAfterExit': 'yes',
      'Service.ExecStart': '/opt/jailhouse/demo/launch.sh start',
      'Service.ExecStop': '/opt/jailhouse/demo/launch.sh stop',
      'Service.TimeoutStartSec': '333',
      'Service.TimeoutStopSec': '140',
      'Install.WantedBy': 'multi-user.target',
    });
  });

  test('says how to move it, and how to enable Jailhouse where it can', () => {
    expect(systemdUnit(launchInput())).toMatch(/^# Unpack the bundle in \/opt\/jailhouse,/);
    expect(systemdUnit(launchInput())).toContain('add --modprobe --enable\n# to ExecStart');
    expect(systemdUnit(launchInput({ system: null }))).not.toContain('--enable to');
  });

  test.each([
    ['100 %n', 'Jailhouse cell 100 %%n (bundle demo)'],
    ['back\\', 'Jailhouse cell back\\ (bundle demo)'],
    [`"it's"`, `Jailhouse cell "it's" (bundle demo)`],
  ])('the name %s', (cellName, description) => {
    expect(settings(systemdUnit(launchInput({ cellName })))['Unit.Description']).toBe(description);
  });

  test('large images get more time', () => {
    const load = [{ kind: 'image', role: 'initrd', address: 0n, size: 300n << 20n }] as const;
    expect(settings(systemdUnit(launchInput({ load })))['Service.TimeoutStartSec']).toBe('510');
  });
});
