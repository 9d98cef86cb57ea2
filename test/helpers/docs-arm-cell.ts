import { copyFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCellConfig, encodeCellConfig } from '../../src/core.ts';
import { makeArm64Image } from './arm-kernels.ts';
import { ROOT } from './docs.ts';
import { initrdOfSize } from './newc.ts';
import { EM } from './program.ts';
import { PASSIVE_COMMREG } from './cell-flags.ts';

const MIB = 1n << 20n;
const RAM = 0x4fn;

/** The cell of the arm64 pages: that of the example, with 72 MiB of RAM at 0x60000000. */
const cell = (): Uint8Array =>
  encodeCellConfig(
    createCellConfig({
      revision: 14,
      architecture: 'arm64',
      name: 'linux-arm64-demo',
      flags: PASSIVE_COMMREG,
      cpus: [2, 3],
      memoryRegions: [
        { phys_start: 0x9000000n, virt_start: 0x9000000n, size: 0x1000n, flags: 0x13n },
        { phys_start: 0x5fff0000n, virt_start: 0n, size: 0x10000n, flags: RAM },
        { phys_start: 0x60000000n, virt_start: 0x60000000n, size: 72n * MIB, flags: RAM },
        { phys_start: 0n, virt_start: 0x80000000n, size: 0x1000n, flags: 0x23n },
      ],
      irqchips: [{ address: 0x8000000n, id: 0, pin_base: 32, pin_bitmap: [2, 0, 0, 0] }],
    }),
  );

/** Sizes of Debian's kernel 6.1.0-56-arm64: its file, and its header's image_size. */
const DEBIAN = { size: 32_956_352, imageSize: 0x2010000n };

const CONFIG = `# Linux/arm64 6.1.192 Kernel Configuration
CONFIG_ARM64=y
CONFIG_SMP=y
CONFIG_OF=y
CONFIG_ARM_PSCI_FW=y
CONFIG_ARM_GIC_V3=y
CONFIG_SERIAL_AMBA_PL011=y
CONFIG_SERIAL_AMBA_PL011_CONSOLE=y
CONFIG_BLK_DEV_INITRD=y
CONFIG_RD_GZIP=y
`;

export const ARM_MANIFEST = `cell: linux-arm64-demo.cell
kernel:
  image: Image
  config: kernel.config
dtb: inmate.dtb
initrd: rootfs.cpio.gz
cmdline: console=ttyAMA0,115200
`;

/** Runs `use` in a directory with the files of an arm64 example; `initrd` in bytes. */
export async function withArmFiles<T>(initrd: number, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'docs-arm-'));
  const at = (name: string): string => path.join(folder, name);
  try {
    await writeFile(at('linux-arm64-demo.cell'), cell());
    await writeFile(at('Image'), makeArm64Image({ image_size: DEBIAN.imageSize }));
    await truncate(at('Image'), DEBIAN.size);
    await writeFile(at('kernel.config'), CONFIG);
    await copyFile(path.join(ROOT, 'test/fixtures/dtb/linux-arm64-demo.dtb'), at('inmate.dtb'));
    await writeFile(at('rootfs.cpio.gz'), initrdOfSize(initrd, EM.arm64));
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
