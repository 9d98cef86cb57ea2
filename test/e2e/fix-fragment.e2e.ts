import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../src/base/diagnostic.ts';
import { checkKernel } from '../../src/checks/kernel/check.ts';
import { fixFragment } from '../../src/checks/kernel/kconfig/fragment.ts';
import { parseKernelConfig, type KernelConfig } from '../../src/formats/kernel/kconfig.ts';
import type { Architecture } from '../../src/base/choices.ts';
import { makeEvidence } from '../helpers/kernel-evidence.ts';
import { CLI } from './boot/bundle.ts';
import { linuxSource, makeConfig, mergeFragment, unpackKconfig, type Tree } from './kconfig/tree.ts';

const run = promisify(execFile);
const ROOT = path.join(import.meta.dirname, '../..');

let folder: string;
let x86: Tree;
let arm64: Tree;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fix-fragment-'));
  await Promise.all([
    linuxSource().then((source) => unpackKconfig(source, folder)),
    run(path.join(ROOT, 'scripts/fetch-debian-kernel.sh')),
    run(path.join(ROOT, 'scripts/fetch-debian-guest.sh'), ['arm64']),
  ]);
  x86 = { root: folder, arch: 'x86_64' };
  arm64 = { root: folder, arch: 'arm64' };
});
afterAll(async () => rm(folder, { recursive: true }));

const valueOf = (config: KernelConfig, symbol: string): string => {
  const value = config.symbols.get(symbol);
  return value === undefined ? 'n' : value.type === 'number' ? value.text : value.value;
};
const parse = (text: string): KernelConfig => parseKernelConfig(Buffer.from(text));

/** Those of a list of `SYMBOL=value` that do not hold. */
const broken = (config: KernelConfig, wanted: readonly string[]): string[] =>
  wanted.filter((want) => {
    const [symbol, value] = want.split('=') as [string, string];
    return valueOf(config, symbol) !== value;
  });

const words = (text: string): string[] => text.trim().split(/\s+/);
/** One finding for each symbol; what a cell must have before what only costs memory. */
const findingsFor = (needed: readonly string[], advised: readonly string[]): Diagnostic[] =>
  [needed, advised].flatMap((wants, index) =>
    wants.map((want): Diagnostic => {
      const [symbol, value] = want.split('=') as [string, string];
      const severity = index === 0 ? 'error' : 'info';
      return {
        code: `project/CONFIG_${symbol}`,
        severity,
        message: `not ${want}`,
        fixSymbols: [{ symbol, value }],
      };
    }),
  );

/** Merges the fragment for what a config breaks; gives it, and what does not hold afterwards. */
async function mend(
  tree: Tree,
  architecture: Architecture,
  text: string,
  { needed, advised }: { needed: readonly string[]; advised: readonly string[] },
) {
  const before = parse(text);
  const findings = findingsFor(broken(before, needed), broken(before, advised));
  const fragment = fixFragment(findings, before, architecture);
  const after = parse(await mergeFragment(tree, text, fragment));
  const claimed = [...parse(fragment).symbols.keys()].map(
    (symbol) => `${symbol}=${valueOf(parse(fragment), symbol)}`,
  );
  return {
    claimed,
    leftOut: [...fragment.matchAll(/^# (\S+) is left out/gm)].map((match) => match[1]!),
    lost: broken(after, claimed),
    stillBroken: broken(after, [...needed, ...advised]),
  };
}

const FINE = { leftOut: [], lost: [], stillBroken: [] };

const X86_NEEDED = words(`
  JAILHOUSE_GUEST=y HYPERVISOR_GUEST=y PARAVIRT=y PCI=y X86_X2APIC=y SERIO=n PM_TRACE_RTC=n RANDOMIZE_BASE=n
  ISA_DMA_API=n X86_MCE=n SERIAL_8250=y SERIAL_8250_CONSOLE=y SERIAL_8250_RUNTIME_UARTS=1 SERIAL_8250_FINTEK=n
  X86_PAT=y MTRR=y DEVTMPFS=y DEVTMPFS_MOUNT=y BINFMT_ELF=y TMPFS=y UNIX=y PCI_MMCONFIG=y PCI_MSI=y BLK_DEV_INITRD=y
  RD_GZIP=y RD_BZIP2=y RD_LZMA=y RD_XZ=y RD_LZO=y RD_LZ4=y RD_ZSTD=y CMDLINE_OVERRIDE=n IKCONFIG=y SMP=y
  NR_CPUS=16 PHYSICAL_START=0x1000000 EARLY_PRINTK=y SERIAL_EARLYCON=y SENSORS_F71882FG=n SENSORS_IT87=n
  SENSORS_NCT6775=n SENSORS_W83627EHF=n W83627HF_WDT=n PARPORT_PC_SUPERIO=n`);
const X86_ADVISED = words(`
  EFI=n ACPI=n DMI=n HPET=n RTC_DRV_CMOS=n FB=n VGA_CONSOLE=n INPUT=n USB=n SOUND=n WLAN=n DRM=n HID=n I2C=n HWMON=n
  SCSI=n ATA=n MEDIA_SUPPORT=n BLK_DEV_FD=n`);

const ARM64_NEEDED = words(`
  ARM64=y OF=y ARM_PSCI_FW=y ARM_GIC=y ARM_GIC_V3=y CMDLINE_FORCE=n SERIAL_AMBA_PL011=y SERIAL_AMBA_PL011_CONSOLE=y
  SERIAL_XILINX_PS_UART=y SERIAL_XILINX_PS_UART_CONSOLE=y SERIAL_8250=y SERIAL_8250_CONSOLE=y SERIAL_8250_DW=y
  SERIAL_8250_BCM2835AUX=y SERIAL_8250_OMAP=y SERIAL_OF_PLATFORM=y SERIAL_FSL_LPUART=y SERIAL_FSL_LPUART_CONSOLE=y
  SERIAL_IMX=y SERIAL_IMX_CONSOLE=y SERIAL_SH_SCI=y SERIAL_SH_SCI_CONSOLE=y SERIAL_MVEBU_UART=y
  SERIAL_MVEBU_CONSOLE=y PCI_HOST_GENERIC=y BLK_DEV_INITRD=y RD_ZSTD=y IKCONFIG=y`);
const ARM64_ADVISED = words('INPUT=n USB=n SOUND=n WLAN=n DRM=n FB=n');

const debian = (architecture: string): Promise<string> =>
  readFile(path.join(ROOT, `.cache/debian-${architecture}/config`), 'utf8');

test('the table is what the script derives from the kernel’s source', async () => {
  const table = path.join(folder, 'kconfig-links.ts');
  await run('node', [path.join(ROOT, 'scripts/derive-kconfig-links.mjs'), folder, '--output', table]);
  expect(await readFile(table, 'utf8')).toBe(
    await readFile(path.join(ROOT, 'src/checks/kernel/kconfig/table.ts'), 'utf8'),
  );
});

describe('kconfig keeps every line of a fragment', () => {
  const wanted = { needed: X86_NEEDED, advised: X86_ADVISED };
  const wantedOfArm64 = { needed: ARM64_NEEDED, advised: ARM64_ADVISED };

  test('for Debian’s amd64 config', async () => {
    const { claimed, ...result } = await mend(x86, 'x86', await debian('kernel'), wanted);
    expect(result).toEqual(FINE);
    expect(claimed).toEqual(expect.arrayContaining(['SERIO=n', 'KEYBOARD_ATKBD=n', 'RMI4_F03=n', 'VT=n']));
  });

  test.each(['allnoconfig', 'alldefconfig', 'allyesconfig', 'allmodconfig'])(
    'for x86’s %s',
    async (target) => {
      const { claimed, ...result } = await mend(x86, 'x86', await makeConfig(x86, target), wanted);
      expect(result).toEqual(FINE);
      expect(claimed.length).toBeGreaterThan(0);
    },
  );

  test('for Debian’s arm64 config', async () => {
    const { claimed, ...result } = await mend(arm64, 'arm64', await debian('arm64'), wantedOfArm64);
    expect(result).toEqual(FINE);
    expect(claimed.length).toBeGreaterThan(0);
  });

  test('for arm64 with a command line that is forced', async () => {
    const forced = `${await debian('arm64')}CONFIG_CMDLINE="console=ttyAMA0"\nCONFIG_CMDLINE_FORCE=y\n`;
    const config = await mergeFragment(arm64, forced, '');
    expect(config).toContain('\nCONFIG_CMDLINE_FORCE=y\n');
    const { claimed, ...result } = await mend(arm64, 'arm64', config, wantedOfArm64);
    expect(result).toEqual(FINE);
    expect(claimed).toContain('CMDLINE_FROM_BOOTLOADER=y');
  });

  test.each(['allnoconfig', 'allyesconfig', 'allmodconfig'])('for arm64’s %s', async (target) => {
    const { claimed, ...result } = await mend(arm64, 'arm64', await makeConfig(arm64, target), wantedOfArm64);
    expect(result).toEqual(FINE);
    expect(claimed.length).toBeGreaterThan(0);
  });
});

describe('a config that was mended breaks no rule that a config can mend', () => {
  const findingsIn = (config: string): Diagnostic[] =>
    checkKernel(makeEvidence({ config, image: null, require: { IKCONFIG_PROC: 'y' } })).filter(
      ({ fixSymbols }) => fixSymbols,
    );

  test.each(['Debian’s', 'allnoconfig', 'allyesconfig', 'allmodconfig'])('%s', async (name) => {
    const before = name.startsWith('Debian') ? await debian('kernel') : await makeConfig(x86, name);
    const findings = findingsIn(before);
    expect(findings.length).toBeGreaterThan(3);
    const fragment = fixFragment(findings, parse(before), 'x86');
    expect(fragment).not.toContain('is left out');
    expect(findingsIn(await mergeFragment(x86, before, fragment))).toEqual([]);
  });
});

test('the command line: what check writes makes Debian’s config pass', async () => {
  const cmdline = 'console=ttyS0,115200';
  const before = path.join(ROOT, '.cache/debian-kernel/config');
  const [fix, after] = ['debian.fix', 'debian.config'].map((name) => path.join(folder, name)) as [
    string,
    string,
  ];
  const check = (config: string, ...more: string[]): Promise<unknown> =>
    run(process.execPath, [CLI, 'check', '--config', config, '--cmdline', cmdline, ...more]);
  await expect(check(before, '--fix-fragment', fix)).rejects.toMatchObject({ code: 1 });
  await writeFile(
    after,
    await mergeFragment(x86, await readFile(before, 'utf8'), await readFile(fix, 'utf8')),
  );
  await expect(check(after)).resolves.toMatchObject({
    stdout: expect.stringMatching(/passes: (?:no findings|\d+ notes?)/),
  });
});

test('what nothing turns off is said, and not claimed', async () => {
  const wanted = { needed: ['HPET_TIMER=n', 'IKCONFIG=y'], advised: [] };
  expect(await mend(x86, 'x86', await debian('kernel'), wanted)).toEqual({
    claimed: ['IKCONFIG=y'],
    leftOut: ['HPET_TIMER=n'],
    lost: [],
    stillBroken: ['HPET_TIMER=n'],
  });
});
