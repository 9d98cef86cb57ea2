import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { launchScript } from '../../../src/bundle/launch/script.ts';
import { notedVersion } from '../../helpers/launch/gate-cases.ts';
import { another } from '../../helpers/launch/lock-cases.ts';
import { expectOneOwner, ownersRig } from '../../helpers/launch/owners.ts';
import { inRig, launchInput, LaunchRig } from '../../helpers/launch/rig.ts';

const sh = { command: ['sh'], path: process.env['PATH'] ?? '/usr/bin:/bin' };
const rigs: LaunchRig[] = [];
const rigFor = async (...more: Parameters<typeof launchInput>): Promise<LaunchRig> => {
  const rig = await LaunchRig.create(launchInput(...more));
  rigs.push(rig);
  return rig;
};
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.remove();
});

describe('the load command', () => {
  test('arm: a string after the loader, an address left out, a path of the target', async () => {
    const rig = await rigFor({
      load: [
        { kind: 'image', role: 'loader', address: null, size: null },
        { kind: 'string', text: 'kernel=0x80000 dtb=0x2000', address: 0x1000n },
        { kind: 'image', role: 'kernel', address: 0x80000n, size: 1n },
        { kind: 'image', role: 'params', address: 0x2000n, size: 1n },
      ],
    });
    const kernel = join(rig.folder, "it's a kernel");
    await copyFile(join(rig.bundle, 'kernel'), kernel);
    const files = { ...rig.input.files, kernel: { in: 'target', path: kernel } } as const;
    await writeFile(join(rig.bundle, 'launch.sh'), inRig(launchScript({ ...rig.input, files })));
    await rig.sign([kernel]);
    expect(await rig.run(sh, ['start'])).toMatchObject({ code: 0 });
    const words = ['cell', 'load', 'demo', rig.loader, '-s', 'kernel=0x80000 dtb=0x2000', '-a', '0x1000'];
    words.push(kernel, '-a', '0x80000', `${rig.bundle}/params`, '-a', '0x2000');
    expect((await rig.calls())[1]).toEqual(words);

    await writeFile(kernel, 'another');
    const changed = await rig.run(sh, ['verify']);
    expect(changed).toMatchObject({ code: 1 });
    expect(changed.stderr).toContain(`verify: ${kernel}: differs from its digest`);
  });

  test('the loader of the bundle, unless LINUX_LOADER names another', async () => {
    const files = { ...launchInput().files, loader: { in: 'bundle', path: 'linux-loader.bin' } } as const;
    const rig = await rigFor({ files });
    const own = await rig.run(sh, ['--dry-run'], { env: { LINUX_LOADER: '' } });
    expect(own.stdout).toContain('linux-loader.bin');
    expect((await rig.run(sh, ['--dry-run'])).stdout).toContain('installed loader.bin');
  });
});

describe('where it is run from', () => {
  test('a relative path, a symlink, another folder', async () => {
    const rig = await rigFor();
    const elsewhere = join(rig.folder, 'else where');
    await mkdir(elsewhere);
    await symlink("../the bundle's $folder/launch.sh", join(elsewhere, 'start demo'));
    await symlink(rig.bundle, join(elsewhere, '-bundle'));
    const plain = await rig.run(sh, ['start', '--dry-run']);
    expect(plain.stdout).toContain('cell create');
    for (const [cwd, script] of [
      [rig.bundle, 'launch.sh'],
      [rig.bundle, './launch.sh'],
      [elsewhere, 'start demo'],
      [elsewhere, './-bundle/launch.sh'],
      ['/', join(elsewhere, 'start demo')],
    ] as const) {
      expect(await rig.run(sh, ['start', '--dry-run'], { cwd, script })).toEqual(plain);
    }
    const direct = { command: ['env'], path: sh.path };
    expect(await rig.run(direct, ['start', '--dry-run'])).toEqual(plain);
  });

  test('through PATH, by a shell or by itself', async () => {
    const rig = await rigFor();
    const plain = await rig.run(sh, ['start', '--dry-run']);
    for (const [command, path, cwd] of [
      [['bash'], rig.bundle, rig.folder],
      [['bash'], "the bundle's $folder", rig.folder],
      [['bash'], '.', rig.bundle],
      [['sh'], '.', rig.bundle],
      [['sh', '-c', 'exec "$@"', 'sh'], rig.bundle, rig.folder],
      [['sh', '-c', 'exec "$@"', 'sh'], '.', rig.bundle],
      [['sh', '-c', 'exec "$@"', 'sh'], '', rig.bundle],
    ] as const) {
      const shell = { command, path: `${path}:${sh.path}` };
      expect(await rig.run(shell, ['start', '--dry-run'], { cwd, script: 'launch.sh' })).toEqual(plain);
    }
  });

  test('the tool from PATH', async () => {
    const rig = await rigFor();
    const path = `${join(rig.folder, 'bin')}:${sh.path}`;
    const outcome = await rig.run({ ...sh, path }, ['start', '--dry-run'], { env: { JAILHOUSE: '' } });
    expect(outcome.stdout).toMatch(/^jailhouse cell create/);
    expect(await rig.run({ ...sh, path }, ['start'], { env: { JAILHOUSE: '' } })).toMatchObject({ code: 0 });
    expect(await rig.run({ ...sh, path }, ['stop'], { env: { JAILHOUSE: 'jailhouse' } })).toMatchObject({
      code: 0,
    });
  });

  test('a SHA256SUMS without a newline at its end, or in binary mode, is as good', async () => {
    const rig = await rigFor();
    const sums = join(rig.bundle, 'SHA256SUMS');
    const text = await readFile(sums, 'utf8');
    await writeFile(sums, text.trimEnd());
    expect(await rig.run(sh, ['verify'])).toMatchObject({ code: 0 });
    await writeFile(sums, text.replaceAll('  ', ' *'));
    expect(await rig.run(sh, ['verify'])).toMatchObject({ code: 0 });
  });
});

test('a signal while the digests are computed ends the run before anything is created', async () => {
  const rig = await rigFor();
  await rig.addTool('sha256sum', ': >"$STUB_LOG.reached"\nexec sleep 30');
  const begin = performance.now();
  const outcome = await rig.run(sh, ['start'], { signal: 'SIGTERM' });
  expect(performance.now() - begin).toBeLessThan(20_000);
  expect(outcome).toEqual({ code: 143, stdout: '', stderr: 'launch.sh: verify: interrupted by signal 15\n' });
  expect(await rig.calls()).toEqual([]);
});

test('a signal while another run is at work ends this one at once', async () => {
  const rig = await rigFor();
  await another(rig);
  await rig.addTool('sleep', ': >"$STUB_LOG.reached"\nexec /bin/sleep 30');
  const outcome = await rig.run(sh, ['start'], { env: { LAUNCH_TIMEOUT: '99' }, signal: 'SIGTERM' });
  expect(outcome).toEqual({ code: 143, stdout: '', stderr: 'launch.sh: lock: interrupted by signal 15\n' });
});

test('the version is noted where the folder for that is, when the cell runs', async () => {
  const rig = await rigFor({ version: 3 });
  await mkdir(join(rig.folder, 'var/lib/jailhouse-bundle'), { recursive: true });
  await rig.run(sh, ['start', '--dry-run']);
  await rig.run(sh, ['start'], { env: { STUB_FAIL: 'load' } });
  await expect(notedVersion(rig)).rejects.toThrow('ENOENT');
  expect(await rig.run(sh, ['start'])).toMatchObject({ code: 0 });
  expect(await notedVersion(rig)).toBe('3\n');
});

test('a version that another run notes while this one waits for it counts', async () => {
  const rig = await rigFor({ version: 3 });
  const noted = join(rig.folder, 'var/lib/jailhouse-bundle/demo.version');
  await mkdir(dirname(noted), { recursive: true });
  await another(rig);
  await rig.addTool(
    'sleep',
    'echo 4 >"$LAUNCH_RIG"/var/lib/jailhouse-bundle/demo.version\nrm "$LAUNCH_RIG"/run/jailhouse-bundle/demo.lock',
  );
  const outcome = await rig.run(sh, ['restart'], { env: { LAUNCH_TIMEOUT: '9' } });
  expect(outcome).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("version: version 4 of 'demo' was started before, and this bundle has 3"),
  });
  expect(await rig.calls()).toEqual([]);
  expect(await readFile(noted, 'utf8')).toBe('4\n');
});

describe('two at once', () => {
  test('one starts the cell, the other leaves it alone', async () => {
    const rig = await rigFor();
    const outcomes = await Promise.all([1, 2, 3].map(async () => rig.run(sh, ['start'])));
    expect(outcomes.map(({ code }) => code).toSorted()).toEqual([0, 1, 1]);
    expect(await rig.state()).toBe('running');
    expect((await rig.calls()).flat()).not.toContain('destroy');
  });
});

test('A starts slowly and fails, B stops, C starts: the cell of C runs on', async () => {
  const rig = await ownersRig();
  rigs.push(rig);
  const run = async (who: string, verb: string, more: Record<string, string> = {}) =>
    rig.run(sh, [verb], { env: { WHO: who, FAIL: '', UNTIL: '', LAUNCH_TIMEOUT: '999', ...more } });
  const first = run('A', 'start', { FAIL: 'start', UNTIL: 'C' });
  while ((await rig.state()) === null) await delay(10);
  expect(await run('B', 'stop')).toMatchObject({ code: 0 });
  expect(await run('C', 'start')).toMatchObject({ code: 0 });
  expect(await first).toMatchObject({ code: 1 });
  expect(await rig.state()).toBe('running');
  await expectOneOwner(rig, 'A, B, C');
});
