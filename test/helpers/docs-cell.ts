import { gzipSync } from 'node:zlib';
import { concatBytes } from '../../src/base/bytes.ts';
import { encodeSystemConfig, packBundle, parseCellConfig, readBundle } from '../../src/core.ts';
import { readLayers } from '../../src/inputs/layers.ts';
import { prepareParsed } from '../../src/inputs/prepare.ts';
import { InputStore } from '../../src/inputs/store.ts';
import { readSetting } from '../../src/manifest/layers.ts';
import { parseLayers } from '../../src/manifest/parse.ts';
import { Folder, makeBootableKernel, makeCell } from './cell-files.ts';
import { GUEST_MESSAGES } from './elf.ts';
import { GOOD_CONFIG } from './kernel-evidence.ts';
import { systemAround } from './machine.ts';
import { makeLoader } from './loader.ts';
import { initrdOfSize } from './newc.ts';
import { utf8 } from './bytes.ts';

const VERSION = '6.1.192 (demo@example) #1 SMP';

/** A file whose header has the sizes of a minimal Linux 6.1, packed with gzip; of the kernel there is what is looked for. */
function kernel(): Uint8Array {
  const unpacked = concatBytes([utf8(`Linux version ${VERSION}\n\0`), GUEST_MESSAGES]);
  // Stored, not compressed: the same bytes with any zlib.
  const payload = gzipSync(unpacked, { level: 0 });
  const header = { kernel_version: 0x100, init_size: 0xdc0000, payload_length: payload.length };
  const file = makeBootableKernel(header, 1_429_504);
  file.set(utf8(`${VERSION}\0`), 0x300);
  file.set(payload, 0x400);
  return file;
}

/** Of the machine that the cell is made for. */
const system = (): Uint8Array =>
  encodeSystemConfig(systemAround(parseCellConfig(makeCell()).memoryRegions, 14, 'x86'));

/** As of a minimal busybox. */
export const SMALL_INITRD = 1_028_350;

/** The example's manifest; examples add to it. */
export const MANIFEST = `cell: linux-x86-demo.cell
kernel:
  image: bzImage
  config: kernel.config
initrd: rootfs.cpio.gz
cmdline: console=ttyS0,115200
`;

/** Runs `use` in a folder with the files of an example; `initrd` in bytes. */
export async function withExample<T>(
  manifest: string,
  initrd: number,
  use: (folder: Folder) => Promise<T>,
): Promise<T> {
  const folder = await Folder.create({
    'linux.cell.yaml': manifest,
    'linux-x86-demo.cell': makeCell({ name: 'linux-x86-demo' }),
    'root.cell': system(),
    bzImage: kernel(),
    'kernel.config': GOOD_CONFIG,
    'serio.config': GOOD_CONFIG.replace('# CONFIG_SERIO is not set', 'CONFIG_SERIO=y'),
    'rootfs.cpio.gz': initrdOfSize(initrd),
    'linux-loader.bin': makeLoader(),
    'network-up.sh': '#!/bin/sh\n',
  });
  try {
    return await use(folder);
  } finally {
    await folder.remove();
  }
}

/** The files of the bundle that a manifest gives, with keys that options set: text files with their text. */
export const builtBundle = (manifest: string, set: readonly string[] = []): Promise<Map<string, string>> =>
  withExample(manifest, SMALL_INITRD, async (folder) => {
    const file = folder.at('linux.cell.yaml');
    const settings = set.map((option) => readSetting(option)!);
    const { ready, diagnostics } = await prepareParsed(
      file,
      manifest,
      parseLayers(await readLayers(file, manifest, { settings })),
      new InputStore(),
      // Before the waiver ends.
      { profile: 'strict', today: '2026-11-23' },
      null,
    );
    if (ready === null) throw new Error(JSON.stringify(diagnostics));
    const { contents } = ready;
    const packing = packBundle(contents.entries, (digests) => contents.last(digests), {
      name: contents.name,
      mtime: 0,
      compress: 'none',
    });
    const { files } = await readBundle(packing.chunks);
    return new Map(files.map(({ path, content }) => [path, Buffer.from(content ?? []).toString('utf8')]));
  });
