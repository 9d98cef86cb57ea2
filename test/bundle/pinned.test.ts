import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBundle } from '../../src/bundle/read.ts';
import { encodeCellConfig } from '../../src/formats/cell/config.ts';
import { packReady } from '../../src/inputs/pack.ts';
import { prepareCell } from '../../src/inputs/prepare.ts';
import { InputStore } from '../../src/inputs/store.ts';
import { makeArm64Image, makeZImage } from '../helpers/arm-kernels.ts';
import { armCell } from '../helpers/arm-request.ts';
import { Folder } from '../helpers/cell-files.ts';
import { initrdOfSize } from '../helpers/newc.ts';
import { EM } from '../helpers/program.ts';
import { BOARD, dtbOf } from '../helpers/trees.ts';

// What must stay when texts change: the places, the params and what else a cell is loaded with.

const example = (file: string): Uint8Array =>
  readFileSync(new URL(`../../example-project/${file}`, import.meta.url));

const UPSTREAM = `name: upstream
cell: cells/payload.jailhouse.yaml
kernel: { image: payload/payload.bzImage }
initrd: [payload/initrd.txt, payload/initrd.txt]
placement: upstream
cmdline: console=ttyS0,115200 quiet
bundle: { compress: gzip }
checks:
  profile: mainline
  waive:
    - { rule: kernel/config-missing, reason: the payload is no Linux }
    - { rule: initrd/format, reason: the payload does not unpack it }
`;
const armManifest = (architecture: string, image: string): string => `name: ${architecture}
cell: ${architecture}.cell
kernel: { image: ${image}, config: ${architecture}.config }
initrd: ${architecture}.cpio
dtb: inmate.dtb
cmdline: console=ttyAMA0,115200
`;
const armConfig = (architecture: string): string => `#
# Linux/${architecture} 6.1.192 Kernel Configuration
#
CONFIG_${architecture.toUpperCase()}=y
CONFIG_SMP=y
CONFIG_OF=y
CONFIG_USE_OF=y
CONFIG_SMP=y
CONFIG_ARM_PSCI_FW=y
CONFIG_ARM_PSCI=y
CONFIG_ARM_GIC=y
CONFIG_SERIAL_AMBA_PL011=y
CONFIG_SERIAL_AMBA_PL011_CONSOLE=y
CONFIG_BLK_DEV_INITRD=y
CONFIG_AUTO_ZRELADDR=y
`;

let folder: Folder;
beforeAll(async () => {
  const names = ['cells/payload.cell.yaml', 'cells/payload.jailhouse.yaml'];
  const payload = ['payload/payload.bzImage', 'payload/initrd.txt'];
  folder = await Folder.create({
    ...Object.fromEntries([...names, ...payload].map((name) => [name, example(name)])),
    'upstream.cell.yaml': UPSTREAM,
    'Image.gz': gzipSync(makeArm64Image({ image_size: 0x20000n }, 0x10000)),
    'arm64.cell': encodeCellConfig(armCell()),
    'arm64.config': armConfig('arm64'),
    'arm64.cell.yaml': armManifest('arm64', 'Image.gz'),
    zImage: makeZImage({ size: 0x10000 }),
    'arm.cell': encodeCellConfig(armCell({ architecture: 'arm' })),
    'arm.config': armConfig('arm'),
    'arm.cell.yaml': armManifest('arm', 'zImage'),
    'arm64.cpio': initrdOfSize(512, EM.arm64),
    'arm.cpio': initrdOfSize(512, EM.arm),
    'inmate.dtb': dtbOf(BOARD),
  });
});
afterAll(() => folder.remove());

const wordsOf = (fact: object): string => Object.values(fact).join(' ');

/** What a manifest's bundle puts into the cell, from its bundle.json, and the digests of what is loaded. */
async function bundleOf(manifest: string) {
  const store = new InputStore();
  const text = await readFile(folder.at(manifest), 'utf8');
  const options = { profile: 'strict', today: '2026-01-01' } as const;
  const { ready, diagnostics } = await prepareCell(folder.at(manifest), text, store, options);
  if (ready === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const { files } = await readBundle(packReady(ready, store, 0).chunks);
  const json = files.find(({ path }) => path === 'bundle.json')!.content!;
  const { load, entry, e820, memory } = JSON.parse(Buffer.from(json).toString());
  const digestOf = (name: string): string => files.find(({ path }) => path === name)!.sha256;
  return {
    load: load.map(wordsOf),
    entry,
    memory: (e820 ?? memory).map(wordsOf),
    digests: ['params', 'cell.cell', 'kernel', 'initrd'].map(digestOf),
  };
}

const PAYLOAD_E820 = ['0x0 0x100000 1', '0x100000 0x1000 2', '0x200000 0x600000 1'];
const PAYLOAD_CELL = '8df14c11b40213e26704a8059f71df6b6f187f47de808d47910e01c2dc031035';
const PAYLOAD_KERNEL = 'c13b0fa62f4b680733ff54bde45ce8f43aa137debd3028c70ffc41e02999049f';

test('the payload of the example project', async () => {
  expect(await bundleOf('cells/payload.cell.yaml')).toEqual({
    load: [
      'loader  0x0 ',
      'kernel kernel 0x3ffc00 4416',
      'initrd initrd 0x409000 154',
      'params params 0x1000 4417',
    ],
    entry: '0x400200',
    memory: PAYLOAD_E820,
    digests: [
      'a0f3995fd9c7dd2bcc9063875e35d8c2dcb023f2c21f93226e91b3ccf8453b5c',
      PAYLOAD_CELL,
      PAYLOAD_KERNEL,
      '589992b25b2c8be4b8364e553c272e777b707a68b94227d06ce5b3220a3a452f',
    ],
  });
});

test('x86 as upstream plans it, packed with gzip, its initrd in two parts', async () => {
  expect(await bundleOf('upstream.cell.yaml')).toEqual({
    load: [
      'loader  0x0 ',
      'kernel kernel 0x3ffc00 4416',
      'initrd initrd 0x40a000 312',
      'params params 0x1000 4423',
    ],
    entry: '0x400200',
    memory: PAYLOAD_E820,
    digests: [
      'eaf46a9749f48a616ae877d5dc4780cd6661bd023081530981cfb2472d3c4781',
      PAYLOAD_CELL,
      PAYLOAD_KERNEL,
      '4076c5554ef738dea84728b0d00a639e8e0977aadfc1224be8db2be0bbaafb06',
    ],
  });
});

const ARM_RAM = ['0x60000000 0x4000000'];

test('an arm64 kernel that was packed with gzip', async () => {
  expect(await bundleOf('arm64.cell.yaml')).toEqual({
    load: [
      'loader  0x0 ',
      'kernel=0x60000000 dtb=0x60020000 0x1000',
      'kernel kernel 0x60000000 65536',
      'initrd initrd 0x60021000 512',
      'params params 0x60020000 1577',
    ],
    entry: '0x60000000',
    memory: ARM_RAM,
    digests: [
      '5b5967f337682cf4153fabd1f8eb3545c8b2ca0ccf9ddaa6b47fa91011ee9786',
      '334ba7faa2579d7d68bea913cba836b9fa17a42fe6216ca3ebefabf1f5f6b2b0',
      '64349b2f2550413a93ace7aebf1f8d6b7e845203a9c195aa8d3058e4b48b2b4f',
      '6aa0f53fb97ff044fd62e2bf0716aea00fddd648b2b652c3e5bfffa71e9f6800',
    ],
  });
});

test('an arm zImage', async () => {
  expect(await bundleOf('arm.cell.yaml')).toEqual({
    load: [
      'loader  0x0 ',
      'kernel=0x60000000 dtb=0x6023d000 0x1000',
      'kernel kernel 0x60000000 65536',
      'initrd initrd 0x6023e000 512',
      'params params 0x6023d000 1577',
    ],
    entry: '0x60000000',
    memory: ARM_RAM,
    digests: [
      'de55ab0c9e497a65f91fe4c1c30eddcbc2dd12e11722a78a087b3553e0dae32c',
      'f1051fd677e35d1c14e9a8a07831c52737be563b351c0ecbe1ee97b0e00dd301',
      'd769a5e08c72c75a8235846f6efb1aa7b275a132f65b0b9281b933c9d2713023',
      '9c696dee566d0ef3e6330e50ac77b4da0b79b6e06b25e9043d451654f3998178',
    ],
  });
});
