import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeCellConfig } from '../../src/formats/cell/config.ts';
import { makeArm64Image } from '../helpers/arm-kernels.ts';
import { armCell } from '../helpers/arm-request.ts';
import { Folder, makeBootableKernel } from '../helpers/cell-files.ts';
import { run, type CliOutcome } from '../helpers/cli.ts';
import { BOARD, dtbOf } from '../helpers/trees.ts';

const CONFIG = `# Linux/arm64 6.1.192 Kernel Configuration
CONFIG_ARM64=y
CONFIG_SMP=y
CONFIG_OF=y
CONFIG_ARM_PSCI_FW=y
CONFIG_ARM_GIC=y
CONFIG_SERIAL_AMBA_PL011=y
CONFIG_SERIAL_AMBA_PL011_CONSOLE=y
`;

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create({
    Image: makeArm64Image({ image_size: 0x20000n }, 0x10000),
    bzImage: makeBootableKernel(),
    'kernel.config': CONFIG,
    'arm.config': CONFIG.replace('CONFIG_ARM64=y', 'CONFIG_ARM=y'),
    'arm64.cell': encodeCellConfig(armCell()),
    'inmate.dtb': dtbOf(BOARD),
  });
});
afterAll(() => folder.remove());

const KERNEL = ['--kernel', 'Image', '--config', 'kernel.config'];
const CELL = ['--cell', 'arm64.cell', '--cmdline', 'console=ttyAMA0,115200'];

const check = (...args: string[]): Promise<CliOutcome> => run(['check', ...args], { cwd: folder.path });

test.each<[string, string[]]>([
  ['a kernel', KERNEL],
  ['a config', ['--config', 'kernel.config']],
  ['a config for its cell', ['--config', 'kernel.config', ...CELL]],
  ['a kernel in its cell, without a device tree', [...KERNEL, ...CELL]],
])('%s: nothing is held against it that only was not given', async (_, args) => {
  const { code, stdout, stderr } = await check(...args);
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
  expect(stdout).not.toMatch(/: (?:error|warning) /);
});

test('without a device tree the layout is not judged, which is told once', async () => {
  const { stdout } = await check(...KERNEL, ...CELL);
  expect(stdout.match(/: note placement\/not-judged\n/g)).toHaveLength(1);
  const whole = await check(...KERNEL, ...CELL, '--dtb', 'inmate.dtb');
  expect(whole.code, whole.stdout).toBe(0);
  expect(whole.stdout).not.toContain('placement/not-judged');
});

test('with a device tree it is judged', async () => {
  const large = ['--initrd', 'Image', '--loader', 'bzImage', '--dtb', 'inmate.dtb'];
  await folder.write({ Image2: makeArm64Image({ image_size: 0x10000000n }, 0x10000) });
  const { code, stdout } = await check('--kernel', 'Image2', '--config', 'kernel.config', ...CELL, ...large);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^Image2: error placement\/no-space\n/m);
});

test('a kernel of another architecture than its cell', async () => {
  const { code, stdout } = await check('--kernel', 'bzImage', ...CELL);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^bzImage: error cell\/architecture\n/m);
});
