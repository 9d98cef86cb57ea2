import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { encodeCellConfig } from '../../src/formats/cell/config.ts';
import { createCellConfig, type NewCell } from '../../src/formats/cell/create.ts';
import { GOOD_CONFIG } from './kernel-evidence.ts';
import { makeLoader } from './loader.ts';
import { initrdOfSize } from './newc.ts';
import { utf8 } from './bytes.ts';
import { PASSIVE_COMMREG } from './cell-flags.ts';

/** A bzImage that boots, though it is not Linux. */
export const PAYLOAD = new Uint8Array(
  readFileSync(new URL('../../example-project/payload/payload.bzImage', import.meta.url)),
);

const RAM = 0x4fn;
const COMM_REGION = 0x23n;

/** The bytes of an x86 cell with 1 MiB of low RAM and, unless told otherwise, 6 MiB from 2 MiB on. */
export function makeCell(change: Partial<NewCell> & { highRam?: bigint } = {}): Uint8Array {
  const { highRam = 0x600000n, ...more } = change;
  return encodeCellConfig(
    createCellConfig({
      revision: 14,
      architecture: 'x86',
      name: 'demo',
      flags: PASSIVE_COMMREG,
      cpus: [1],
      memoryRegions: [
        { phys_start: 0x3a600000n, virt_start: 0n, size: 0x100000n, flags: RAM },
        { phys_start: 0n, virt_start: 0x100000n, size: 0x1000n, flags: COMM_REGION },
        { phys_start: 0x3a800000n, virt_start: 0x200000n, size: highRam, flags: RAM },
      ],
      irqchips: [{ address: 0xfec00000n, id: 0xff00, pin_base: 0, pin_bitmap: [1 << 4, 0, 0, 0] }],
      ports: [{ base: 0x3f8, length: 8 }],
      ...more,
    }),
  );
}

/** Breaks no rule and names every kind of input. */
export const GOOD_MANIFEST = `name: demo
cell: demo.cell
kernel:
  image: bzImage
  config: kernel.config
initrd: rootfs.cpio
cmdline: console=ttyS0,115200
loader: linux-loader.bin
`;

const GOOD_FILES: Readonly<Record<string, string | Uint8Array>> = {
  'demo.cell': makeCell(),
  bzImage: PAYLOAD,
  'kernel.config': GOOD_CONFIG,
  'rootfs.cpio': initrdOfSize(512),
  'linux-loader.bin': makeLoader(),
  'demo.cell.yaml': GOOD_MANIFEST,
  'main.js': `import * as cell from './demo.cell.yaml';\nconsole.log(JSON.stringify(cell));\n`,
};

/**
 * A folder of a user's, there until the test ends: a cell's inputs, its manifest `demo.cell.yaml`, and `main.js`, which
 * prints what that exports.
 */
export class CellProject {
  /** Absolute. */
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @param files more of them, or others; null leaves one out */
  static async create(
    files: Readonly<Record<string, string | Uint8Array | null>> = {},
    subfolder = '.',
  ): Promise<CellProject> {
    const root = await realpath(await mkdtemp(join(tmpdir(), 'cell-project-')));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    const project = new CellProject(join(root, subfolder));
    for (const [name, content] of Object.entries({ ...GOOD_FILES, ...files })) {
      if (content !== null) await project.write(name, content);
    }
    return project;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async write(name: string, content: string | Uint8Array): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), typeof content === 'string' ? utf8(content) : content);
  }

  async remove(name: string): Promise<void> {
    await rm(this.path(name), { recursive: true, force: true });
  }
}
