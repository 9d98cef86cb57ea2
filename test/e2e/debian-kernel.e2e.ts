import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCellConfig, encodeCellConfig } from '../../src/core.ts';
import { findBanner } from '../../src/formats/kernel/version.ts';
import { openKernel } from '../../src/formats/kernel/open.ts';
import { unpackPayload } from '../../src/formats/kernel/payload.ts';
import { CLI } from './boot/bundle.ts';
import { debianKernel, type DebianFlavour } from './kernels.ts';
import type { FindingFacts } from '../../src/reports/output-schema.ts';
import { PASSIVE_COMMREG } from '../helpers/cell-flags.ts';
import { parseReport } from '../helpers/output.ts';

const run = promisify(execFile);
const MIB = 1n << 20n;
const RAM = 0x4fn;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'debian-kernel-'));
  const cell = createCellConfig({
    revision: 14,
    architecture: 'x86',
    name: 'debian',
    flags: PASSIVE_COMMREG,
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

async function check(...words: string[]): Promise<{ code: number; findings: FindingFacts[] }> {
  const { code, stdout } = await run(process.execPath, [CLI, 'check', '--json', ...words]).then(
    (done) => ({ code: 0, stdout: done.stdout }),
    (failed: { code: number; stdout: string }) => failed,
  );
  return { code, findings: parseReport(stdout, code).findings };
}

/** In a cell with plenty of memory, one CPU and ttyS0. */
async function checkInCell(flavour: DebianFlavour, profile: string, hasConfig = true) {
  const { image } = await debianKernel(flavour);
  const file = path.join(folder, 'debian.cell.yaml');
  const config = hasConfig ? `  config: ${path.join(path.dirname(image), 'config')}\n` : '';
  await writeFile(
    file,
    `cell: debian.cell
kernel:
  image: ${image}
${config}cmdline: console=ttyS0,115200
checks:
  profile: ${profile}
`,
  );
  return check(file);
}

const told = (findings: readonly FindingFacts[]): string[] =>
  findings.map(({ rule, severity, actual }) => `${severity} ${rule}: ${actual}`);

/** A number of rows: rule, severity in the strict profile, in the mainline profile, and what is found. */
type Rows = readonly (readonly [string, string, string, string])[];

const expected = (rows: Rows, profile: string): string[] =>
  rows.map(
    ([rule, strict, mainline, actual]) => `${profile === 'strict' ? strict : mainline} ${rule}: ${actual}`,
  );

// What follows is written down by hand: what Debian's configs have, against what a cell asks for. Not told, as they are
// right: 64BIT, PM_TRACE_RTC, HYPERVISOR_GUEST, PARAVIRT, PCI, X86_X2APIC, SERIAL_8250 and its console, SMP, NR_CPUS, MTRR,
// X86_PAT, CMDLINE_OVERRIDE, PHYSICAL_START. RANDOMIZE_BASE=y is fine in a cell with this much memory.

/** Of amd64 and cloud-amd64. No code for guests is in the image, so nothing in it knows UART flags: it probes four UARTs. */
const ERRORS: Rows = [
  ['kernel/jailhouse-guest', 'error', 'error', 'CONFIG_JAILHOUSE_GUEST is not set'],
  ['kernel/serio', 'error', 'warning', 'CONFIG_SERIO=y'],
  ['kernel/runtime-uarts', 'error', 'error', '4 (CONFIG_SERIAL_8250_RUNTIME_UARTS=4)'],
  [
    'kernel/console-ports',
    'error',
    'error',
    'the cell does not have ttyS1 (0x2f8), ttyS2 (0x3e8), ttyS3 (0x2e8)',
  ],
];
const USER_SPACE: Rows = [['kernel/user-space', 'warning', 'warning', 'CONFIG_DEVTMPFS_MOUNT is not set']];
/** The manifests here name no initrd. */
const NO_ROOT: Rows = [['kernel/no-root', 'error', 'error', 'neither']];
const NO_IKCONFIG: Rows = [['kernel/config-embedded', 'info', 'info', 'CONFIG_IKCONFIG is not set']];

const unneeded = (...symbols: string[]): Rows => [
  ['kernel/unneeded', 'info', 'info', symbols.map((symbol) => `CONFIG_${symbol}=y`).join(', ')],
];
const COMMON = ['DMI', 'EFI', 'FB', 'HIBERNATION', 'HPET', 'INPUT', 'RTC_DRV_CMOS', 'SUSPEND', 'VGA_CONSOLE'];

const FINDINGS: Readonly<Record<'amd64' | 'cloud-amd64', Rows>> = {
  amd64: [
    ...ERRORS,
    ['kernel/isa-dma-api', 'warning', 'warning', 'CONFIG_ISA_DMA_API=y'],
    ['kernel/x86-mce', 'warning', 'warning', 'CONFIG_X86_MCE=y'],
    ['kernel/super-io', 'warning', 'warning', 'CONFIG_SERIAL_8250_FINTEK=y'],
    ...USER_SPACE,
    ...NO_ROOT,
    ...unneeded('ACPI', 'AGP', ...COMMON, 'WLAN'),
    ...NO_IKCONFIG,
  ],
  'cloud-amd64': [...ERRORS, ...USER_SPACE, ...NO_ROOT, ...unneeded('ACPI', ...COMMON), ...NO_IKCONFIG],
};

describe.each(['amd64', 'cloud-amd64'] as const)('%s', (flavour) => {
  test.each(['strict', 'mainline'])(
    'check names all that is wrong in a cell, profile %s',
    async (profile) => {
      const { code, findings } = await checkInCell(flavour, profile);
      expect(code).toBe(1);
      expect(told(findings)).toEqual(expected(FINDINGS[flavour], profile));
      expect(findings.map(({ places }) => places[0]!.line)).toEqual(
        FINDINGS[flavour].map(([rule]) => ({ 'kernel/console-ports': 1, 'kernel/no-root': 5 })[rule] ?? 4),
      );
    },
  );

  test.each(['strict', 'mainline'])('check of the config alone, profile %s', async (profile) => {
    const { image } = await debianKernel(flavour);
    const words = ['--config', path.join(path.dirname(image), 'config'), '--cmdline', 'console=ttyS0,115200'];
    const { code, findings } = await check(...words, '--profile', profile);
    expect(code).toBe(1);
    // Not given: which ports the cell has, and whether there is an initrd. And by its version the kernel knows UART flags, if it is built for guests.
    const cannotTell = new Set([
      'kernel/console-ports',
      'kernel/no-root',
      profile === 'mainline' ? 'kernel/runtime-uarts' : '',
    ]);
    const rows = FINDINGS[flavour].filter(([rule]) => !cannotTell.has(rule));
    expect(told(findings.filter(({ rule }) => rule !== 'kernel/not-judged'))).toEqual(
      expected(rows, profile),
    );
  });

  test('without the config file the image shows that it is not for guests, and the rest cannot be told', async () => {
    const { code, findings } = await checkInCell(flavour, 'strict', false);
    expect(code).toBe(1);
    expect(findings.map(({ rule, severity, places }) => [rule, severity, places[0]!.line])).toEqual([
      ['kernel/jailhouse-guest', 'error', 3],
      ['kernel/no-root', 'info', 4],
      ['kernel/config-missing', 'error', 3],
    ]);
  });
});

test('arm64: nothing is wrong with the kernel, which needs no patches there', async () => {
  const { image } = await debianKernel('arm64');
  const config = path.join(path.dirname(image), 'config');
  const words = ['--kernel', image, '--config', config, '--cmdline', 'console=ttyAMA0,115200'];
  const { code, findings } = await check(...words);
  expect(code).toBe(0);
  expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([['kernel/not-judged', 'info']]);
});

test('amd64’s payload, packed with xz and the x86 filter, is an ELF file of the version that the header gives', async () => {
  const { image: name, release } = await debianKernel('amd64');
  const { file, image } = await openKernel(await readFile(name));
  const payload = await unpackPayload(file, image);
  if (image.format !== 'bzImage' || payload.kind !== 'unpacked')
    throw new Error(`${image.format}: ${payload.kind}`);
  expect(image.payload?.compression).toBe('xz');
  expect(Buffer.from(payload.bytes.subarray(0, 4)).toString('latin1')).toBe('\x7fELF');
  expect(image.version!.split(' ')[0]).toBe(release);
  expect(findBanner(payload.bytes)?.split(' ')[0]).toBe(release);
});
