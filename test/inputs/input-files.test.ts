import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readMetadata } from '../../src/bundle/read-metadata.ts';
import { readBundle } from '../../src/bundle/read.ts';
import { encodeCellConfig } from '../../src/formats/cell/config.ts';
import { packReady } from '../../src/inputs/pack.ts';
import { prepareCell } from '../../src/inputs/prepare.ts';
import { InputStore } from '../../src/inputs/store.ts';
import { makeArm64Image } from '../helpers/arm-kernels.ts';
import { armCell } from '../helpers/arm-request.ts';
import { sha256 } from '../helpers/bytes.ts';
import { Folder } from '../helpers/cell-files.ts';
import { initrdOfSize } from '../helpers/newc.ts';
import { EM } from '../helpers/program.ts';
import { BOARD, dtbOf } from '../helpers/trees.ts';

const manifest = (folder: string): string => `name: demo
cell: cells/demo.cell
kernel: { image: Image.gz, config: kernel.config }
initrd: [root.cpio, ${folder}/more.cpio]
dtb: inmate.dtb
cmdline: console=ttyAMA0,115200 # a comment
checks: { rules: team.rules.yaml, profile: mainline }
`;

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create({
    'cells/demo.cell': encodeCellConfig(armCell()),
    'Image.gz': gzipSync(makeArm64Image({ image_size: 0x20000n }, 0x10000)),
    'kernel.config':
      '# Linux/arm64 6.1.192 Kernel Configuration\nCONFIG_ARM64=y\nCONFIG_SMP=y\nCONFIG_OF=y\n',
    'root.cpio': initrdOfSize(512, EM.arm64),
    'more.cpio': initrdOfSize(516, EM.arm64).subarray(0, 514),
    'inmate.dtb': dtbOf(BOARD),
    'team.rules.yaml': 'rules: []\n',
  });
});
afterEach(() => folder.remove());

async function bundleOf(store: InputStore) {
  const text = manifest(folder.path);
  const { ready, diagnostics } = await prepareCell(folder.at('demo.cell.yaml'), text, store, {
    profile: 'strict',
    today: '2026-01-01',
    force: true,
  });
  if (ready === null) throw new Error(JSON.stringify(diagnostics));
  const { files } = await readBundle(packReady(ready, store, 0).chunks);
  const json = Buffer.from(files.find(({ path }) => path === 'bundle.json')!.content!).toString();
  return { files, json, metadata: readMetadata(json)! };
}

test('bundle.json has size and digest of the manifest and of every file that it names', async () => {
  const { files, json, metadata } = await bundleOf(new InputStore());
  const text = Buffer.from(manifest(folder.path));
  const names = [
    ['cell', 'cells/demo.cell'],
    ['kernel.image', 'Image.gz'],
    ['kernel.config', 'kernel.config'],
    ['initrd.0', 'root.cpio'],
    ['initrd.1', 'more.cpio'],
    ['dtb', 'inmate.dtb'],
    ['checks.rules', 'team.rules.yaml'],
  ] as const;
  const expected = await Promise.all(
    names.map(async ([key, file]) => {
      const bytes = await readFile(folder.at(file));
      return { key, file, size: bytes.length, sha256: sha256(bytes) };
    }),
  );
  const own = { key: 'manifest', file: 'demo.cell.yaml', size: text.length, sha256: sha256(text) };
  const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1);
  expect(metadata.inputs![0]).toEqual(own);
  expect(metadata.inputs!.toSorted(byKey)).toEqual([own, ...expected].toSorted(byKey));
  expect(json).not.toContain(folder.path);
  // The kernel is unpacked, and the parts of the initrd are padded and joined.
  expect(files.some(({ sha256: digest }) => digest === expected[1]!.sha256)).toBe(false);
});

test('the bundle.json of an older version, without inputs, is read as before', async () => {
  const { json } = await bundleOf(new InputStore());
  const { inputs, ...older } = JSON.parse(json) as { inputs: unknown };
  expect(inputs).toBeDefined();
  expect(readMetadata(JSON.stringify(older))).toMatchObject({ cmdline: 'console=ttyAMA0,115200' });
});

test('a file that changes on the way is found out, also where only its digest is asked for', async () => {
  const store = new InputStore();
  const { digest } = store;
  store.digest = async (streamed) => {
    if (streamed.key.includes('kernel.config')) await folder.write({ 'kernel.config': 'CONFIG_ARM64=y\n' });
    return digest.call(store, streamed);
  };
  await expect(bundleOf(store)).rejects.toThrow('kernel.config changed while it was read');
});
