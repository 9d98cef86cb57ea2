import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gzipSync } from 'node:zlib';
import { encodeCellConfig } from '../../src/formats/cell/config.ts';
import { readBundle } from '../../src/bundle/read.ts';
import { parseDtb } from '../../src/formats/dtb/parse.ts';
import { Folder } from '../helpers/cell-files.ts';
import { run, runRefused } from '../helpers/cli.ts';
import { makeArm64Image } from '../helpers/arm-kernels.ts';
import { armCell } from '../helpers/arm-request.ts';
import { BOARD, dtbOf } from '../helpers/trees.ts';
import { initrdOfSize } from '../helpers/newc.ts';
import { EM } from '../helpers/program.ts';

const IMAGE = makeArm64Image({ image_size: 0x20000n }, 0x10000);
const CONFIG = `#
# Linux/arm64 6.1.192 Kernel Configuration
#
CONFIG_ARM64=y
CONFIG_SMP=y
CONFIG_OF=y
CONFIG_ARM_PSCI_FW=y
CONFIG_ARM_GIC=y
CONFIG_SERIAL_AMBA_PL011=y
CONFIG_SERIAL_AMBA_PL011_CONSOLE=y
CONFIG_BLK_DEV_INITRD=y
`;
const MANIFEST = `name: demo
cell: demo.cell
kernel: { image: Image.gz, config: kernel.config }
initrd: rootfs.cpio
dtb: inmate.dtb
cmdline: console=ttyAMA0,115200
`;

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create({
    'demo.cell': encodeCellConfig(armCell({ name: 'demo' })),
    Image: IMAGE,
    'Image.gz': gzipSync(IMAGE),
    'damaged.gz': gzipSync(IMAGE).fill(0, 100, 110),
    'kernel.config': CONFIG,
    'rootfs.cpio': initrdOfSize(512, EM.arm64),
    'inmate.dtb': dtbOf(BOARD),
    'demo.cell.yaml': MANIFEST,
  });
});
afterAll(() => folder.remove());

async function bundleOf(manifest: string) {
  await folder.write({ 'demo.cell.yaml': manifest });
  const { code, stderr } = await run(['build', 'demo.cell.yaml'], { cwd: folder.path });
  expect(code, stderr).toBe(0);
  async function* source(): AsyncGenerator<Uint8Array, void> {
    yield await readFile(folder.at('demo.tar'));
  }
  const { files } = await readBundle(source());
  return new Map(files.map((file) => [file.path, file.content]));
}

const textOf = (content: Uint8Array | null | undefined): string => Buffer.from(content!).toString();

describe('the bundle of an arm64 cell', () => {
  test('ships the kernel unpacked, the edited device tree, and a launch script for arm64', async () => {
    const { code, stdout } = await run(['build', 'demo.cell.yaml', '--json'], { cwd: folder.path });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      findings: [],
      subjects: [
        {
          plan: {
            entry: '0x60000000',
            load: [{}, { role: 'arguments', string: 'kernel=0x60000000 dtb=0x60020000' }, {}, {}, {}],
            e820: null,
            memory: [{ address: '0x60000000', size: '0x4000000' }],
          },
        },
      ],
    });
    const files = await bundleOf(MANIFEST);
    const metadata = JSON.parse(textOf(files.get('bundle.json')));
    const sha256 = createHash('sha256').update(IMAGE).digest('hex');
    expect(metadata).toMatchObject({
      cell: { architecture: 'arm64' },
      kernel: { format: 'Image', protocol: null, config: 'file' },
      memory: [{ address: '0x60000000', size: '0x4000000' }],
      entry: '0x60000000',
      load: [
        { role: 'loader', file: null, address: '0x0' },
        { string: 'kernel=0x60000000 dtb=0x60020000', address: '0x1000' },
        { role: 'kernel', file: 'kernel', address: '0x60000000', size: IMAGE.length },
        { role: 'initrd', file: 'initrd', address: '0x60021000', size: 512 },
        { role: 'params', file: 'params', address: '0x60020000' },
      ],
      files: { kernel: { size: IMAGE.length, sha256 } },
      findings: [],
    });
    const tree = parseDtb(files.get('params')!);
    expect(tree.root.children.map(({ name }) => name)).toContain('memory');
    const script = textOf(files.get('launch.sh'));
    expect(script).toContain('aarch64');
    expect(script).toContain("'kernel=0x60000000 dtb=0x60020000'");
  });

  test('with the kernel on the target: its digest is that of the unpacked one', async () => {
    const files = await bundleOf(`${MANIFEST}bundle: { kernel: /boot/Image }\n`);
    expect(files.has('kernel')).toBe(false);
    const sums = textOf(files.get('SHA256SUMS'));
    expect(sums).toContain(`${createHash('sha256').update(IMAGE).digest('hex')}  /boot/Image`);
  });
});

test.each([
  ['no device tree', MANIFEST.replace('dtb: inmate.dtb\n', ''), /error dtb\/missing/],
  ['a device tree that is none', MANIFEST.replace('inmate.dtb', 'Image'), /:5:6: error dtb\/magic/],
  [
    'a device tree that is not there',
    MANIFEST.replace('inmate.dtb', 'x.dtb'),
    /:5:6: error input\/unreadable/,
  ],
  ['a damaged kernel', MANIFEST.replace('Image.gz', 'damaged.gz'), /:3:18: error kernel\/payload/],
])('a manifest with %s', async (_, manifest, reason) => {
  await folder.write({ 'broken.cell.yaml': manifest });
  expect(await runRefused(['build', 'broken.cell.yaml'], { cwd: folder.path })).toMatch(reason);
});

describe('inspect', () => {
  const inspect = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(['inspect', ...args], { cwd: folder.path });
    expect(code, stderr).toBe(0);
    return stdout;
  };

  test('an Image, wrapped or not', async () => {
    expect(await inspect('Image')).toMatch(
      /^arm64 Image\n {2}version +6\.1\.0-test[^]*image_size +0x20000\n/,
    );
    expect(await inspect('Image.gz')).toMatch(/wrapped in +gzip\n/);
    expect(JSON.parse(await inspect('--json', 'Image')).subjects[0].content).toMatchObject({
      kind: 'Image',
      imageSize: '0x20000',
      wrapping: null,
      config: { status: 'not-built-in' },
    });
  });

  test('a device tree, as its source would have it', async () => {
    const text = await inspect('inmate.dtb');
    expect(text).toMatch(/^device tree\n {2}version +17, readable from 16 on\n/);
    expect(text).toContain(
      '      serial@9000000 {\n        compatible = "arm,pl011", "arm,primecell";\n        reg = <0x9000000 0x1000>;\n',
    );
    expect(text).toContain('    interrupt-controller;\n');
    expect(JSON.parse(await inspect('--json', 'inmate.dtb')).subjects[0].content.root.children[0]).toEqual({
      name: 'aliases',
      properties: [{ name: 'serial0', kind: 'texts', value: ['/soc/serial@9000000'] }],
      children: [],
    });
  });
});

test('cell-linux writes the unpacked kernel beside the params, as its commands name it', async () => {
  const args = ['-d', 'inmate.dtb', '-w', 'out/params', 'demo.cell', 'Image.gz'];
  const { code, stdout } = await run(['cell-linux', ...args], { cwd: folder.path });
  expect(code).toBe(0);
  expect(stdout).toContain(
    "linux-loader.bin -a 0x0 -s 'kernel=0x60200000 dtb=0x60000000' -a 0x1000 out/Image.gz-unzipped -a 0x60200000 out/params -a 0x60000000\n",
  );
  expect((await readFile(folder.at('out/Image.gz-unzipped'))).equals(IMAGE)).toBe(true);
});
