import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCellConfig, encodeCellConfig } from '../../src/core.ts';
import { findBanner } from '../../src/kernel/banner.ts';
import { openKernel } from '../../src/kernel/open.ts';
import { unpackPayload } from '../../src/kernel/payload.ts';
import { CLI } from './boot/bundle.ts';

const run = promisify(execFile);
const ROOT = path.join(import.meta.dirname, '../..');
const KERNEL = path.join(ROOT, '.cache/debian-kernel');
const MIB = 1n << 20n;
const RAM = 0x4fn;

let folder: string;

interface Finding {
  rule: string;
  severity: string;
  line: number;
}

/** What `check` finds for Debian's kernel in a cell with plenty of memory. */
async function check(manifest: string): Promise<{ code: number; rules: string[]; findings: Finding[] }> {
  const file = path.join(folder, 'debian.cell.yaml');
  await writeFile(file, manifest);
  const { code, stdout } = await run(process.execPath, [CLI, 'check', '--json', file]).then(
    (done) => ({ code: 0, stdout: done.stdout }),
    (failed: { code: number; stdout: string }) => failed,
  );
  const report = JSON.parse(stdout) as { manifests: { findings: Finding[] }[] };
  const { findings } = report.manifests[0]!;
  return { code, findings, rules: findings.map(({ rule }) => rule) };
}

beforeAll(async () => {
  await run(path.join(ROOT, 'scripts/fetch-debian-kernel.sh'));
  folder = await mkdtemp(path.join(tmpdir(), 'debian-kernel-'));
  const cell = createCellConfig({
    revision: 14,
    architecture: 'x86',
    name: 'debian',
    cpus: [1],
    memoryRegions: [
      { phys_start: 0x40000000n, virt_start: 0n, size: MIB, flags: RAM },
      { phys_start: 0n, virt_start: MIB, size: 0x1000n, flags: 0x23n },
      { phys_start: 0x40200000n, virt_start: 2n * MIB, size: 510n * MIB, flags: RAM },
    ],
    irqchips: [{ address: 0xfec00000n, id: 0xff00, pin_base: 0, pin_bitmap: [16, 0, 0, 0] }],
    ports: [{ base: 0x3f8, length: 8 }],
  });
  await writeFile(path.join(folder, 'debian.cell'), encodeCellConfig(cell));
});

afterAll(async () => rm(folder, { recursive: true }));

const MANIFEST = `cell: debian.cell
kernel:
  image: ${KERNEL}/vmlinuz
  config: ${KERNEL}/config
cmdline: console=ttyS0,115200
`;

/** What Debian's config has beside its errors. */
const ADVICE = [
  ['kernel/isa-dma-api', 'warning'],
  ['kernel/x86-mce', 'warning'],
  ['kernel/super-io', 'warning'],
  ['kernel/user-space', 'warning'],
  ['kernel/unneeded', 'info'],
  ['kernel/config-embedded', 'info'],
];

test('check names what keeps Debian’s kernel from running in a cell', async () => {
  const { code, rules, findings } = await check(MANIFEST);
  expect(code).toBe(1);
  const errors = findings.filter(({ severity }) => severity === 'error').map(({ rule }) => rule);
  expect(errors).toEqual(['kernel/jailhouse-guest', 'kernel/serio', 'kernel/runtime-uarts']);
  expect(rules).toEqual([...errors, ...ADVICE.map(([rule]) => rule)]);
  expect(findings[0]!.line).toBe(4);
});

test('the mainline profile forgives SERIO', async () => {
  const { code, findings } = await check(`${MANIFEST}checks:\n  profile: mainline\n`);
  expect(code).toBe(1);
  expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([
    ['kernel/jailhouse-guest', 'error'],
    ['kernel/serio', 'warning'],
    ...ADVICE,
  ]);
});

test('without the config file it says why it cannot tell', async () => {
  const { code, rules } = await check(MANIFEST.replace(/ {2}config:.*\n/, ''));
  expect(code).toBe(1);
  expect(rules).toEqual(['kernel/config-missing']);
});

test('its payload, packed with xz and the x86 filter, is an ELF file of the version that the header gives', async () => {
  const { file, image } = await openKernel(await readFile(`${KERNEL}/vmlinuz`));
  const payload = await unpackPayload(file, image);
  if (image.format !== 'bzImage' || payload.kind !== 'unpacked')
    throw new Error(`${image.format}: ${payload.kind}`);
  expect(image.payload?.compression).toBe('xz');
  expect(Buffer.from(payload.bytes.subarray(0, 4)).toString('latin1')).toBe('\x7fELF');
  const [release] = image.version!.split(' ');
  expect(release).toMatch(/^6\.\d+\.\d+-/);
  expect(findBanner(payload.bytes)?.split(' ')[0]).toBe(release);
});
