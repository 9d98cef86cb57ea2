import type { Diagnostic } from '../../src/base/diagnostic.ts';
import { planX86 } from '../../src/placement/x86/plan.ts';
import { createCellConfig } from '../../src/formats/cell/create.ts';
import type { MemoryRegion } from '../../src/formats/cell/records.ts';
import type { Revision } from '../../src/formats/cell/releases.ts';
import type { CellConfig } from '../../src/formats/cell/types.ts';
import {
  parseBzImage,
  SETUP_HEADER_OFFSET,
  setupHeader,
  type SetupHeader,
} from '../../src/formats/kernel/bzimage.ts';
import { parseKernelConfig } from '../../src/formats/kernel/kconfig.ts';
import type { X86Request } from '../../src/placement/x86/place.ts';
import { PASSIVE_COMMREG } from './cell-flags.ts';

// Flags of struct jailhouse_memory, by formats.md.
export const RAM = 0x0fn;
export const COMM = 0x20n;
export const LOADABLE = 0x40n;
export const ROOTSHARED = 0x80n;

/** Guest addresses at a distance from physical ones that keeps 2 MiB alignment. */
const PHYSICAL = 0x3a000000n;

export const region = (start: bigint, size: bigint, flags = RAM | LOADABLE): MemoryRegion => ({
  phys_start: BigInt.asUintN(64, PHYSICAL + start),
  virt_start: start,
  size,
  flags,
});

export const lowRam = region(0n, 0x100000n);
export const commRegion = region(0x100000n, 0x1000n, 0x03n | COMM);
export const highRam = region(0x200000n, 73n << 20n);

/** The revisions that releases had. */
export const RELEASED: readonly Revision[] = [3, 4, 8, 9, 10, 12, 13, 14];

const configWith = (line: string) =>
  parseKernelConfig(
    new TextEncoder().encode(
      `# Automatically generated file; DO NOT EDIT.\n# Linux/x86 6.1.0 Kernel Configuration\nCONFIG_X86_64=y\n${line}\n`,
    ),
  );
export const WITH_ACPI = configWith('CONFIG_ACPI=y');
export const WITHOUT_ACPI = configWith('# CONFIG_ACPI is not set');

interface KernelShape {
  /** Bytes of the whole file; only its start is made. */
  size?: number;
  header?: Partial<SetupHeader>;
}

/** A kernel that claims what the tests need; defaults are those of a small 6.1 kernel. */
function kernelShaped({ size = 0x15d400, header = {} }: KernelShape = {}): X86Request['kernel'] {
  const file = new Uint8Array(0x10000);
  const bytes = setupHeader.encode({
    setup_sects: 31,
    boot_flag: 0xaa55,
    jump: Uint8Array.of(0xeb, 0x6a),
    header: new TextEncoder().encode('HdrS'),
    version: 0x20f,
    loadflags: 1,
    initrd_addr_max: 0x7fffffff,
    cmdline_size: 2047,
    xloadflags: 1,
    pref_address: 0x1000000n,
    init_size: 0xdc0000,
    ...header,
  });
  file.set(bytes, SETUP_HEADER_OFFSET);
  return { image: { ...parseBzImage(file), size }, wrapping: null };
}

export interface RequestShape extends KernelShape, Partial<Omit<X86Request, 'cell' | 'kernel'>> {
  revision?: Revision;
  regions?: readonly MemoryRegion[];
  resetAddress?: bigint;
}

const emptyCells = new Map<Revision, CellConfig>();

/** Making a cell goes through its bytes; the tests make thousands. */
function emptyCell(revision: Revision): CellConfig {
  const made = emptyCells.get(revision);
  if (made) return made;
  const cell = createCellConfig({
    revision,
    architecture: 'x86',
    name: 'test',
    flags: PASSIVE_COMMREG,
    cpus: [1],
    memoryRegions: [],
  });
  emptyCells.set(revision, cell);
  return cell;
}

/** A request for a cell that boots, with something changed. */
export function requestFor(shape: RequestShape = {}): X86Request {
  const {
    revision = 14,
    regions = [lowRam, commRegion, highRam],
    resetAddress,
    size,
    header,
    ...rest
  } = shape;
  const empty = emptyCell(revision);
  return {
    cell: {
      ...empty,
      header: { ...empty.header, ...(resetAddress === undefined ? {} : { cpu_reset_address: resetAddress }) },
      memoryRegions: [...regions],
      irqchips: [],
    },
    kernel: kernelShaped({
      ...(size === undefined ? {} : { size }),
      ...(header === undefined ? {} : { header }),
    }),
    initrdSize: 5_000_000n,
    dtb: null,
    cmdline: 'console=ttyS0,115200',
    placement: 'exact',
    decompressionFactor: null,
    loaderSize: null,
    system: null,
    config: null,
    ...rest,
  };
}

export const problemsOf = (shape: RequestShape): Diagnostic[] => planX86(requestFor(shape)).diagnostics;

/** Code and message of each finding, in their order. */
export const said = (shape: RequestShape): string[] =>
  problemsOf(shape).map(({ code, message }) => `${code}: ${message}`);
