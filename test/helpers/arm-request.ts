import { createCellConfig, type NewCell } from '../../src/formats/cell/create.ts';
import type { MemoryRegion } from '../../src/formats/cell/records.ts';
import type { CellConfig } from '../../src/formats/cell/types.ts';
import { type Arm64Image, parseArm64Image } from '../../src/formats/kernel/arm64-image.ts';
import { parseZImage } from '../../src/formats/kernel/zimage.ts';
import type { PlanRequest } from '../../src/placement/request.ts';
import type { LoadItem, Plan } from '../../src/placement/types.ts';
import { makeArm64Image, makeZImage } from './arm-kernels.ts';
import { BOARD, dtbOf } from './trees.ts';
import { PASSIVE_COMMREG } from './cell-flags.ts';

export const MIB = 1n << 20n;

// Flags of struct jailhouse_memory, by the format description.
const RAM = 0x0fn;
const LOADABLE = 0x40n;
const IO = 0x13n;

export const armRegion = (start: bigint, size: bigint, flags = RAM | LOADABLE): MemoryRegion => ({
  phys_start: BigInt.asUintN(64, start + 0x40000000n),
  virt_start: start,
  size,
  flags,
});

export const loaderRegion = armRegion(0n, 0x10000n);
export const uartRegion = armRegion(0x9000000n, 0x1000n, IO);
export const commRegion = armRegion(0x80000000n, 0x1000n, 0x23n);
export const ramRegion = armRegion(0x60000000n, 64n * MIB);

export const armCell = (change: Partial<NewCell> = {}): CellConfig =>
  createCellConfig({
    revision: 14,
    architecture: 'arm64',
    name: 'test',
    flags: PASSIVE_COMMREG,
    cpus: [2, 3],
    memoryRegions: [loaderRegion, uartRegion, ramRegion, commRegion],
    irqchips: [{ address: 0x8000000n, id: 0, pin_base: 32, pin_bitmap: [2, 0, 0, 0] }],
    ...change,
  });

/** A kernel of `size` bytes that uses `memory` bytes from its start on. */
export const arm64Kernel = (
  size = 4 << 20,
  memory = 5n * MIB,
  textOffset = 0n,
): PlanRequest<Arm64Image>['kernel'] => {
  const file = makeArm64Image({ image_size: memory, text_offset: textOffset }, size);
  return { image: parseArm64Image(file), wrapping: null };
};

/** A request for an arm64 cell that boots, with something changed. */
export const arm64Request = (change: Partial<PlanRequest> = {}): PlanRequest => ({
  cell: armCell(),
  kernel: arm64Kernel(),
  initrdSize: 3_000_000n,
  dtb: dtbOf(BOARD),
  cmdline: 'console=ttyAMA0,115200',
  placement: 'exact',
  decompressionFactor: null,
  loaderSize: null,
  system: null,
  config: null,
  ...change,
});

/** The same for arm: a zImage of `size` bytes. */
export function armRequest(size: number, change: Partial<PlanRequest> = {}): PlanRequest {
  return {
    ...arm64Request(),
    cell: armCell({ architecture: 'arm' }),
    kernel: { image: parseZImage(makeZImage({ size })), wrapping: null },
    ...change,
  };
}

/** The address and size of each part of a plan; of the string its address. */
export function partsOf({ load }: Plan): Record<string, { start: bigint; size: bigint }> {
  const named = (item: LoadItem): string => (item.kind === 'string' ? 'string' : item.role);
  return Object.fromEntries(
    load.map((item) => [
      named(item),
      {
        start: item.address ?? 0n,
        size: item.kind === 'string' ? BigInt(item.text.length + 1) : (item.size ?? 0x7000n),
      },
    ]),
  );
}
