import type { BoxImage, BoxSubject } from '../../src/boot/types.ts';
import { createCellConfig, type NewCell } from '../../src/formats/cell/create.ts';
import { commRegion, highRam, lowRam } from './x86-request.ts';
import { PASSIVE_COMMREG } from './cell-flags.ts';

const MIB = 1n << 20n;

const image = (role: BoxImage['role'], address: bigint, size: number): BoxImage => ({
  role,
  address,
  size,
  content: { bytes: new Uint8Array(size) },
});

/** A small x86 cell with all that it is started with; the images have no meaning. */
export function boxSubject(changes: Partial<NewCell> = {}): BoxSubject {
  const params = image('params', 0x1000n, 0x1800);
  return {
    name: 'demo',
    architecture: 'x86',
    cell: createCellConfig({
      revision: 14,
      architecture: 'x86',
      name: 'demo',
      flags: PASSIVE_COMMREG,
      cpus: [2, 3],
      memoryRegions: [lowRam, commRegion, highRam],
      irqchips: [{ address: 0xfec0_0000n, id: 0xff00, pin_base: 0, pin_bitmap: [0x10, 0, 0, 0] }],
      ports: [{ base: 0x3f8, length: 8 }],
      ...changes,
    }),
    system: null,
    cmdline: 'console=ttyS0,115200',
    load: [image('loader', 0n, 0x5000), image('kernel', 16n * MIB, 0x10_0000), params],
    params: new Uint8Array(params.size),
  };
}
