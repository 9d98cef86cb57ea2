import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeCellConfig } from '../../src/formats/cell/config.ts';
import { createCellConfig, type NewCell } from '../../src/formats/cell/create.ts';
import { SETUP_HEADER_OFFSET, setupHeader, type SetupHeader } from '../../src/formats/kernel/bzimage.ts';
import { GOOD_CONFIG } from './kernel-evidence.ts';
import { gzipSync } from 'node:zlib';
import { newc } from './newc.ts';
import { makeProgram } from './program.ts';
import { PASSIVE_COMMREG } from './cell-flags.ts';

const MIB = 1n << 20n;
/** READ, WRITE, EXECUTE, DMA, LOADABLE */
const RAM = 0x4fn;
/** READ, WRITE, COMM_REGION */
const COMM_REGION = 0x23n;

/** A cell as upstream's x86 Linux demo is: low RAM, the comm region at 1 MiB, `highRam` MiB from 2 MiB on. */
export const makeCell = (change: Partial<NewCell> = {}, highRam = 74n): Uint8Array =>
  encodeCellConfig(
    createCellConfig({
      revision: 14,
      architecture: 'x86',
      name: 'demo',
      flags: PASSIVE_COMMREG,
      cpus: [2, 3],
      memoryRegions: [
        { phys_start: 0x3b000000n, virt_start: 0n, size: MIB, flags: RAM },
        { phys_start: 0n, virt_start: MIB, size: 0x1000n, flags: COMM_REGION },
        { phys_start: 0x3b200000n, virt_start: 2n * MIB, size: highRam * MIB, flags: RAM },
      ],
      irqchips: [{ address: 0xfec00000n, id: 0xff00, pin_base: 0, pin_bitmap: [16, 0, 0, 0] }],
      ports: [{ base: 0x3f8, length: 8 }],
      ...change,
    }),
  );

/** A kernel file that asks for what Linux asks for; its payload is `size` bytes of nothing. */
export function makeBootableKernel(change: Partial<SetupHeader> = {}, size = 0x8000): Uint8Array {
  const setupSize = 1024;
  const file = new Uint8Array(setupSize + size);
  file.set(
    setupHeader.encode({
      setup_sects: 1,
      syssize: size / 16,
      boot_flag: 0xaa55,
      jump: Uint8Array.of(0xeb, 0x6a),
      header: new TextEncoder().encode('HdrS'),
      version: 0x20f,
      loadflags: 1,
      initrd_addr_max: 0x7fffffff,
      kernel_alignment: 0x200000,
      xloadflags: 1,
      cmdline_size: 2047,
      payload_offset: 0,
      payload_length: size,
      pref_address: 0x1000000n,
      init_size: 0x1000000,
      ...change,
    }),
    SETUP_HEADER_OFFSET,
  );
  return file;
}

export const MANIFEST = `name: demo
cell: demo.cell
kernel:
  image: bzImage
  config: kernel.config
initrd: rootfs.cpio.gz
cmdline: console=ttyS0,115200
`;

/** A manifest and all that it names: passes `check`, and builds. */
export const GOOD_FILES: Readonly<Record<string, string | Uint8Array>> = {
  'demo.cell.yaml': MANIFEST,
  'demo.cell': makeCell(),
  bzImage: makeBootableKernel(),
  'kernel.config': GOOD_CONFIG,
  'rootfs.cpio.gz': gzipSync(newc([{ name: 'init', content: makeProgram() }])),
};

/** A folder of its own with these files. */
export class Folder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(
    files: Readonly<Record<string, string | Uint8Array>> = GOOD_FILES,
    prefix = 'jailhouse-bundle-',
  ): Promise<Folder> {
    const folder = new Folder(await mkdtemp(join(tmpdir(), prefix)));
    await folder.write(files);
    return folder;
  }

  at(name: string): string {
    return join(this.path, name);
  }

  async write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(this.at(name)), { recursive: true });
      await writeFile(this.at(name), content);
    }
  }

  /** Names of all files, hidden ones too. */
  async names(folder = '.'): Promise<string[]> {
    return (await readdir(this.at(folder))).toSorted();
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
