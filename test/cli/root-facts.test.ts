import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeCellConfig } from '../../src/formats/cell/config.ts';
import { encodeSystemConfig } from '../../src/formats/cell/system.ts';
import { makeArm64Image } from '../helpers/arm-kernels.ts';
import { armCell } from '../helpers/arm-request.ts';
import { Folder } from '../helpers/cell-files.ts';
import { run, type CliOutcome } from '../helpers/cli.ts';
import { systemAround } from '../helpers/machine.ts';
import { newc } from '../helpers/newc.ts';
import { EM, makeProgram } from '../helpers/program.ts';
import { BOARD, dtbOf, type TestNode } from '../helpers/trees.ts';

// What a manifest says of the root cell's Linux, from the files to the verdict.

const MANIFEST = `name: demo
system: root.cell
board: board.dtb
root:
  cmdline: quiet
  kernel-config: root.config
cell: demo.cell
kernel: { image: Image, config: kernel.config }
initrd: initrd.cpio
dtb: inmate.dtb
cmdline: console=ttyAMA0,115200
`;

const KERNEL_CONFIG = `# Linux/arm64 6.1.192 Kernel Configuration
CONFIG_ARM64=y
CONFIG_SMP=y
CONFIG_OF=y
CONFIG_ARM_PSCI_FW=y
CONFIG_ARM_GIC=y
CONFIG_SERIAL_AMBA_PL011=y
CONFIG_SERIAL_AMBA_PL011_CONSOLE=y
CONFIG_BLK_DEV_INITRD=y
CONFIG_INITRAMFS_SOURCE=""
CONFIG_BINFMT_ELF=y
CONFIG_DEVTMPFS=y
CONFIG_DEVTMPFS_MOUNT=y
CONFIG_PROC_FS=y
CONFIG_SYSFS=y
CONFIG_TMPFS=y
`;

/** Where the test cell's loader and RAM are in the machine, and the hypervisor. */
const RESERVED: Readonly<Record<string, readonly number[]>> = {
  'loader@40000000': [0, 0x40000000, 0, 0x10000],
  'cell@a0000000': [0, 0xa0000000, 0, 0x4000000],
  'hypervisor@100000000': [1, 0, 0, 0x1000000],
};

const boardReserving = (names: readonly string[], more: TestNode = {}): Uint8Array =>
  dtbOf({
    '#address-cells': [2],
    '#size-cells': [2],
    'memory@40000000': { device_type: 'memory', reg: [0, 0x40000000, 0, 0x80000000, 1, 0, 0, 0x10000000] },
    'reserved-memory': {
      '#address-cells': [2],
      '#size-cells': [2],
      ranges: true,
      ...Object.fromEntries(names.map((name) => [name, { reg: RESERVED[name]!, 'no-map': true }])),
    },
    ...more,
  });

const SYSTEM = systemAround(armCell().memoryRegions, 14, 'arm64');
SYSTEM.platform.fields.gic_version = 2;

const ALL = Object.keys(RESERVED);
const ZEROS = '00000000-00000000 : System RAM\n00000000-00000000 : Reserved\n';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create({
    'demo.cell.yaml': MANIFEST,
    'demo.cell': encodeCellConfig(armCell()),
    'root.cell': encodeSystemConfig(SYSTEM),
    'board.dtb': boardReserving(ALL),
    'root.config': 'CONFIG_ARM64=y\nCONFIG_HOTPLUG_CPU=y\n',
    'kernel.config': KERNEL_CONFIG,
    Image: makeArm64Image({ image_size: 0x20000n }, 0x10000),
    'initrd.cpio': newc([{ name: 'init', content: makeProgram(EM.arm64), mode: 0o100755 }]),
    'inmate.dtb': dtbOf(BOARD),
  });
});
afterEach(() => folder.remove());

const check = (...args: string[]): Promise<CliOutcome> =>
  run(['check', 'demo.cell.yaml', ...args], { cwd: folder.path });
const build = (): Promise<CliOutcome> =>
  run(['build', 'demo.cell.yaml', '-o', 'demo.tar'], { cwd: folder.path });

const codes = ({ stdout }: CliOutcome): string[] =>
  [...stdout.matchAll(/: (?:error|warning) (\S+)$/gm)].map(([, code]) => code!);

test('a root that leaves the cell its memory: nothing is found, and the bundle is made', async () => {
  const checked = await check();
  expect(checked.code, checked.stdout).toBe(0);
  expect(codes(checked)).toEqual([]);
  const built = await build();
  expect(built.code, built.stderr).toBe(0);
  expect(await folder.names()).toContain('demo.tar');
});

describe('what the root keeps to itself', () => {
  test('is a warning at the key of the manifest, and fails where warnings do', async () => {
    await folder.write({ 'board.dtb': boardReserving(ALL.slice(1)) });
    const checked = await check();
    expect([checked.code, codes(checked)]).toEqual([0, ['root/reserved']]);
    expect(checked.stdout).toContain("memory that the root's Linux uses as RAM: 0x40000000..0x40010000");
    expect((await check('--severity', 'warning')).code).toBe(1);
    const built = await build();
    expect(built.code).toBe(0);
    expect(built.stderr + built.stdout).toContain('root/reserved');
  });

  test('is told of the hypervisor, too', async () => {
    await folder.write({ 'board.dtb': boardReserving(ALL.slice(0, 2)) });
    expect(codes(await check())).toEqual(['system/hypervisor-memory']);
  });

  test('is what the command line leaves, of the manifest or of the tree', async () => {
    const memory = { device_type: 'memory', reg: [0, 0x30000000, 0, 0x90000000, 1, 0, 0, 0x10000000] };
    const tree = boardReserving(['hypervisor@100000000'], { 'memory@40000000': memory });
    await folder.write({ 'board.dtb': tree });
    expect(codes(await check())).toEqual(['root/reserved']);
    await folder.write({ 'demo.cell.yaml': MANIFEST.replace('quiet', 'quiet mem=256M') });
    expect(codes(await check())).toEqual([]);
    const chosen = { bootargs: 'quiet mem=256M' };
    await folder.write({
      'demo.cell.yaml': MANIFEST.replace('  cmdline: quiet\n', ''),
      'board.dtb': boardReserving(['hypervisor@100000000'], { 'memory@40000000': memory, chosen }),
    });
    expect(codes(await check())).toEqual([]);
  });
});

test('a root kernel that gives no CPU away', async () => {
  await folder.write({ 'root.config': 'CONFIG_ARM64=y\n# CONFIG_HOTPLUG_CPU is not set\n' });
  expect(codes(await check())).toEqual(['root/kernel']);
});

test('an iomem that was not read as root is refused, and nothing is built', async () => {
  await folder.write({
    'demo.cell.yaml': MANIFEST.replace('root:\n', 'root:\n  iomem: iomem.txt\n'),
    'iomem.txt': ZEROS,
  });
  const checked = await check();
  expect([checked.code, codes(checked)]).toEqual([1, ['root/iomem-zeros']]);
  expect((await build()).code).toBe(1);
  expect(await folder.names()).not.toContain('demo.tar');
});

test('the flags of check say the same as the keys', async () => {
  await folder.write({ 'board.dtb': boardReserving(ALL.slice(1)) });
  const files = [
    '--kernel',
    'Image',
    '--config',
    'kernel.config',
    '--cell',
    'demo.cell',
    '--system',
    'root.cell',
  ];
  const facts = ['--board', 'board.dtb', '--root-cmdline', 'quiet', '--root-config', 'root.config'];
  const outcome = await run(['check', ...files, ...facts], { cwd: folder.path });
  expect(codes(outcome)).toEqual(['root/reserved']);
});
