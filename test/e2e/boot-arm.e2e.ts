import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCellConfig, encodeCellConfig } from '../../src/core.ts';
import { PASSIVE_COMMREG } from '../helpers/cell-flags.ts';
import { buildBundle, CLI, readBundle } from './boot/bundle.ts';
import { printedUnder } from './boot/machine.ts';
import { bootArm } from './boot/qemu-arm.ts';

const run = promisify(execFile);

const ROOT = path.join(import.meta.dirname, '../..');
const SCRIPTS = path.join(ROOT, 'scripts');
const DEBIAN = path.join(ROOT, '.cache/debian-armhf');
const MIB = 1n << 20n;
const RAM = 0x4fn;

let folder: string;

/** A manifest for Debian's armhf kernel, which is packed with xz and has no config inside. */
async function manifestWith(placement: string): Promise<string> {
  const file = path.join(folder, `${placement}.cell.yaml`);
  await writeFile(
    file,
    `cell: arm.cell
kernel:
  image: ${DEBIAN}/vmlinuz
  config: ${DEBIAN}/config
dtb: inmate.dtb
initrd: initrd.cpio.gz
cmdline: console=ttyAMA0,115200
placement: ${placement}
`,
  );
  return file;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'boot-arm-'));
  await run(path.join(SCRIPTS, 'fetch-debian-guest.sh'), ['armhf']);
  await run(path.join(SCRIPTS, 'build-guest-initrd.sh'), [path.join(folder, 'initrd.cpio.gz')], {
    env: { ...process.env, BUSYBOX: path.join(DEBIAN, 'busybox') },
  });
  const source = path.join(import.meta.dirname, 'boot/cell-arm.dts');
  await run('dtc', ['-I', 'dts', '-O', 'dtb', '-o', path.join(folder, 'inmate.dtb'), source]);
  const cell = createCellConfig({
    revision: 14,
    architecture: 'arm',
    name: 'linux-arm',
    flags: PASSIVE_COMMREG,
    cpus: [0, 1],
    memoryRegions: [
      { phys_start: 0x9000000n, virt_start: 0x9000000n, size: 0x1000n, flags: 0x13n },
      { phys_start: 0x5fff0000n, virt_start: 0n, size: 0x10000n, flags: RAM },
      { phys_start: 0x60000000n, virt_start: 0x60000000n, size: 96n * MIB, flags: RAM },
      { phys_start: 0n, virt_start: 0x80000000n, size: 0x1000n, flags: 0x23n },
    ],
    irqchips: [{ address: 0x8000000n, id: 0, pin_base: 32, pin_bitmap: [2, 0, 0, 0] }],
  });
  await writeFile(path.join(folder, 'arm.cell'), encodeCellConfig(cell));
});

afterAll(async () => rm(folder, { recursive: true }));

test('Debian’s kernel boots with exact placement', async () => {
  const directory = await buildBundle(await manifestWith('exact'), path.join(folder, 'out'));
  const bundle = await readBundle(directory);
  expect(bundle.waivers).toEqual([]);
  const lines = await bootArm(directory, 'guest end', 180_000);
  expect(lines).toContain('guest start');
  expect(printedUnder(lines, 'cmdline')).toEqual([bundle.cmdline]);
  expect(printedUnder(lines, 'ram')).toEqual(['0x60000000 0x65ffffff']);
  expect(printedUnder(lines, 'cpus')).toEqual(['2']);
});

// With these addresses the kernel comes up without its initrd: "VFS: Unable to mount root fs".
test('upstream’s placement would put the initrd where the kernel unpacks itself', async () => {
  const manifest = await manifestWith('upstream');
  const failed = run(process.execPath, [CLI, 'check', manifest]);
  await expect(failed).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringMatching(
      /error placement\/overlap\n {2}the initrd .* and the kernel with its BSS .* overlap/,
    ),
  });
});
