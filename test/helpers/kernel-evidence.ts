import { gzipSync } from 'node:zlib';
import { concatBytes } from '../../src/base/bytes.ts';
import {
  parseBzImage,
  SETUP_HEADER_OFFSET,
  setupHeader,
  type BzImage,
} from '../../src/formats/kernel/bzimage.ts';
import { createCellConfig } from '../../src/formats/cell/create.ts';
import type { KernelEvidence } from '../../src/checks/kernel/check.ts';
import type { CellEvidence } from '../../src/checks/kernel/evidence.ts';
import { parseKernelConfig } from '../../src/formats/kernel/kconfig.ts';
import { latin1, utf8 } from './bytes.ts';
import { PASSIVE_COMMREG } from './cell-flags.ts';

export interface KernelFile {
  payload?: Uint8Array;
  protocol?: number;
  initSize?: number;
  xloadflags?: number;
  version?: string;
}

/** A file in the boot protocol's format: one setup sector behind the boot sector, then the payload. */
export function makeKernel(kernel: KernelFile = {}): { file: Uint8Array; image: BzImage } {
  const payload = kernel.payload ?? new Uint8Array(0);
  const setup = new Uint8Array(1024);
  setup.set(latin1(`${kernel.version ?? '6.1.0 (tests)'}\0`), 0x300);
  const header = setupHeader.encode({
    setup_sects: 1,
    syssize: Math.floor(payload.length / 16),
    boot_flag: 0xaa55,
    jump: Uint8Array.of(0xeb, 0x6a),
    header: latin1('HdrS'),
    version: kernel.protocol ?? 0x20f,
    kernel_version: 0x100,
    xloadflags: kernel.xloadflags ?? 1,
    payload_length: payload.length,
    init_size: kernel.initSize ?? 0x100000,
  });
  setup.set(header, SETUP_HEADER_OFFSET);
  const file = concatBytes([setup, payload, new Uint8Array(16)]);
  return { file, image: parseBzImage(file) };
}

/** An unpacked kernel as the build links it, with a config built in if there is one. */
export function makeVmlinux(config: string | null): Uint8Array {
  const rodata = latin1('\x7fELF\x02\x01\x01 Linux version 6.1.0 IKCFG_ST in a message ');
  const built = config === null ? [] : [latin1('IKCFG_ST'), gzipSync(utf8(config)), latin1('IKCFG_ED')];
  return concatBytes([rodata, new Uint8Array(5000).fill(0x90), ...built, latin1('.shstrtab')]);
}

/** All that the rules ask for, with a console on the first UART. */
export const GOOD_CONFIG = `# Linux/x86 6.1.192 Kernel Configuration
CONFIG_64BIT=y
CONFIG_X86_64=y
CONFIG_IKCONFIG=y
CONFIG_HYPERVISOR_GUEST=y
CONFIG_PARAVIRT=y
CONFIG_JAILHOUSE_GUEST=y
CONFIG_PCI=y
CONFIG_PCI_MMCONFIG=y
CONFIG_PCI_MSI=y
CONFIG_SMP=y
CONFIG_NR_CPUS=8
CONFIG_X86_X2APIC=y
CONFIG_MTRR=y
CONFIG_X86_PAT=y
CONFIG_PHYSICAL_START=0x1000000
CONFIG_PHYSICAL_ALIGN=0x200000
CONFIG_BLK_DEV_INITRD=y
CONFIG_RD_GZIP=y
CONFIG_BINFMT_ELF=y
CONFIG_DEVTMPFS=y
CONFIG_DEVTMPFS_MOUNT=y
CONFIG_TMPFS=y
CONFIG_UNIX=y
# CONFIG_SERIO is not set
CONFIG_SERIAL_8250=y
CONFIG_SERIAL_8250_CONSOLE=y
CONFIG_SERIAL_8250_NR_UARTS=4
CONFIG_SERIAL_8250_RUNTIME_UARTS=1
CONFIG_INITRAMFS_SOURCE="rootfs.cpio"
`;

/** A cell of the newest release with one CPU, a UART and its interrupt. */
export const makeCellEvidence = (change: Partial<CellEvidence> = {}): CellEvidence => ({
  config: createCellConfig({
    revision: 14,
    architecture: 'x86',
    name: 'demo',
    flags: PASSIVE_COMMREG,
    cpus: [1],
    memoryRegions: [{ phys_start: 0x40000000n, virt_start: 0n, size: 0x10000000n, flags: 0x4fn }],
    irqchips: [{ address: 0xfec00000n, id: 0xff00, pin_base: 0, pin_bitmap: [16, 0, 0, 0] }],
    ports: [{ base: 0x3f8, length: 8 }],
  }),
  system: null,
  uartFlags: true,
  hasStdout: null,
  storage: null,
  cma: [],
  drivers: [],
  ...change,
});

/** The evidence of a kernel that breaks nothing, with something changed: `config` text, cmdline, image ... */
export function makeEvidence(
  change: Omit<Partial<KernelEvidence>, 'config'> & { config?: string | KernelEvidence['config'] } = {},
): KernelEvidence {
  const { config = GOOD_CONFIG, ...rest } = change;
  return {
    profile: 'strict',
    architecture: 'x86',
    image: makeKernel().image,
    cmdline: 'console=ttyS0,115200',
    contents: null,
    cell: makeCellEvidence(),
    initrd: 'none',
    require: {},
    rules: [],
    ...rest,
    config: typeof config === 'string' ? { source: 'file', config: parseKernelConfig(utf8(config)) } : config,
  };
}
