import { mkdtemp, mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  findCacheFolder,
  keepStarted,
  keyOf,
  readStarted,
  type BootKey,
} from '../../../src/inputs/boot/cache.ts';

async function makeFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'boot-cache-')));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

test('it is in node_modules of the package around a folder', async () => {
  const folder = await makeFolder();
  await mkdir(join(folder, 'packages/cell/src'), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{}');
  expect(await findCacheFolder(join(folder, 'packages/cell/src'))).toBe(
    join(folder, 'node_modules/.cache/rollup-plugin-jailhouse/boot'),
  );
  await writeFile(join(folder, 'packages/cell/package.json'), '{}');
  expect(await findCacheFolder(join(folder, 'packages/cell/src'))).toBe(
    join(folder, 'packages/cell/node_modules/.cache/rollup-plugin-jailhouse/boot'),
  );
});

test('it is nowhere without a package', async () => {
  expect(await findCacheFolder('/')).toBeNull();
});

const KEY: BootKey = {
  sums: new TextEncoder().encode('0123  kernel\n'),
  name: 'linux',
  architecture: 'x86',
  qemu: '7.2.22',
  asked: { expect: ['login:'], send: [], timeout: null },
};

test.each<[string, Partial<BootKey>]>([
  ['the bundle', { sums: new TextEncoder().encode('0124  kernel\n') }],
  ['the cell of a machine', { name: 'gateway' }],
  ['the architecture, and with it the monitor', { architecture: 'arm64' }],
  ['QEMU', { qemu: '7.2.23' }],
  ['what is waited for', { asked: { ...KEY.asked, expect: ['# '] } }],
  ['the time for it', { asked: { ...KEY.asked, timeout: 60 } }],
])('the key follows %s', async (_, change) => {
  expect(await keyOf({ ...KEY })).toBe(await keyOf(KEY));
  expect(await keyOf({ ...KEY, ...change })).not.toBe(await keyOf(KEY));
});

test('what is kept is read again, by its own key alone', async () => {
  const folder = join(await makeFolder(), 'made/on/the/way');
  const key = await keyOf(KEY);
  expect(await readStarted(folder, key)).toBeNull();
  await keepStarted(folder, key, { line: 'login:' });
  expect(await readStarted(folder, key)).toMatchObject({ line: 'login:' });
  expect(await readStarted(folder, await keyOf({ ...KEY, qemu: '9.0.0' }))).toBeNull();
});
