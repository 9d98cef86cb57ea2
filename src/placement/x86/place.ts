import { hex } from '../../base/address.ts';
import { ioapicPins, uartFlags } from '../../formats/cell/resources.ts';
import { jailhouseText } from '../../formats/cell/layout-ids.ts';
import type { CellConfig } from '../../formats/cell/types.ts';
import { InputError } from '../../base/diagnostic.ts';
import { formatProtocol, PROTOCOL, SECTOR, type BzImage } from '../../formats/kernel/bzimage.ts';
import { loaderAbiOf, type Layout } from '../plan.ts';
import type { PlanRequest } from '../request.ts';
import { e820Of, type E820Entry } from './e820.ts';
import { ADDRESS_LIMIT, paramsSize, ZERO_PAGE_SIZE } from './params.ts';
import { LOADERS, type LoaderAbi } from './releases.ts';
import { setupDataSize, type SetupDataFacts } from './setup-data.ts';

export type X86Request = PlanRequest<BzImage>;

/** Bit 0 of loadflags: the protected-mode kernel is loaded at 1 MiB or above, as a bzImage's. */
const LOADED_HIGH = 1;

/** Where everything but the initrd goes on x86; the kernel unpacks and starts in its run area, at pref_address. */
export interface X86Layout extends Layout {
  abi: LoaderAbi;
  e820: E820Entry[];
  facts: SetupDataFacts;
}

/** @throws InputError `placement/release`, `placement/reset-address` */
function loaderOf(cell: CellConfig): { abi: LoaderAbi; base: bigint } {
  const abi = loaderAbiOf(cell, LOADERS);
  const reset = cell.header.cpu_reset_address ?? 0n;
  if (abi.base === 'cpu_reset_address') return { abi, base: reset };
  // Up to revision 4 the config has no such address, and the loader is not at 0.
  if (cell.header.cpu_reset_address !== undefined && reset !== abi.base) {
    throw new InputError('placement/reset-address', `the cell's cpu_reset_address is ${hex(reset)}`, {
      requested: `0x0, where ${jailhouseText(cell)} starts its Linux loader`,
      actual: hex(reset),
      fix: 'remove .cpu_reset_address from the cell config',
      path: ['cell'],
    });
  }
  return { abi, base: abi.base };
}

/** @throws InputError `kernel/protocol` if the header does not say where the kernel runs */
function checkProtocol(image: BzImage): void {
  if (image.protocol >= PROTOCOL.prefAddress) return;
  const actual = formatProtocol(image.protocol);
  throw new InputError(
    'kernel/protocol',
    `the kernel has boot protocol ${actual}, which says neither where it runs nor how much memory it needs`,
    {
      requested: '2.10 or newer (pref_address and init_size)',
      actual,
      fix: 'use Linux 2.6.31 or newer',
      path: ['kernel', 'image'],
    },
  );
}

/** @throws InputError `kernel/not-bzimage`, `kernel/32-bit` for kernels that the loader cannot enter */
function checkKind(image: BzImage): void {
  if ((image.header.loadflags & LOADED_HIGH) === 0) {
    throw new InputError(
      'kernel/not-bzimage',
      'the kernel is not a bzImage: it is a zImage, which is loaded below 1 MiB',
      {
        requested: 'LOADED_HIGH set in loadflags',
        actual: `loadflags ${hex(image.header.loadflags)}`,
        fix: "give the kernel build's arch/x86/boot/bzImage",
        path: ['kernel', 'image'],
      },
    );
  }
  if (image.is64Bit === false) {
    throw new InputError('kernel/32-bit', 'the kernel is 32-bit, but the loader enters it in 64-bit mode', {
      after: ['kernel/64bit'],
      requested: '64-bit (XLF_KERNEL_64 set in xloadflags)',
      actual: `32-bit (xloadflags ${hex(image.header.xloadflags)})`,
      fix: 'build the kernel with CONFIG_64BIT=y',
      symptom: 'the cell crashes as soon as the loader jumps to the kernel',
      path: ['kernel', 'image'],
    });
  }
}

/** @throws InputError `placement/params` if the zero page cannot name the cmdline's address */
function checkParamsAddress(params: bigint, abi: LoaderAbi): void {
  const cmdline = params + BigInt(ZERO_PAGE_SIZE + setupDataSize(abi.setupData));
  if (cmdline < ADDRESS_LIMIT) return;
  throw new InputError(
    'placement/params',
    `the params image would be at ${hex(params)}, where the kernel cannot find its cmdline: the address has 32 bits`,
    {
      requested: 'a cmdline below 4 GiB',
      actual: hex(cmdline),
      fix: 'give the cell a .cpu_reset_address in low RAM: the loader and the params go there',
      path: ['cell'],
    },
  );
}

/**
 * Computes the addresses of an x86 plan, up to the initrd's.
 *
 * @throws InputError `placement/release`, `placement/reset-address`, `placement/params`, `placement/kernel`,
 *   `placement/e820`, `kernel/protocol`, `kernel/not-bzimage`, `kernel/32-bit` where there is nothing to compute
 */
export function placeX86({ cell, kernel, cmdline, placement }: X86Request): X86Layout {
  const { abi, base } = loaderOf(cell);
  const { image } = kernel;
  checkProtocol(image);
  checkKind(image);
  checkParamsAddress(base + abi.params, abi);

  const { pref_address: prefAddress, setup_sects: setupSects, init_size: initSize } = image.header;
  // Upstream takes setup_sects as it is; the boot protocol reads 0 as 4.
  const setupSize = placement === 'upstream' ? (setupSects + 1) * SECTOR : image.setupSize;
  if (prefAddress < BigInt(setupSize)) {
    throw new InputError('placement/kernel', `the kernel is built to run at ${hex(prefAddress)}`, {
      requested: `at least ${hex(setupSize)}, so that its setup part fits before it`,
      actual: hex(prefAddress),
      fix: 'build the kernel with CONFIG_PHYSICAL_START=0x1000000',
      path: ['kernel', 'image'],
    });
  }
  return {
    abi,
    loader: { start: base, size: abi.size },
    params: { start: base + abi.params, size: BigInt(paramsSize(abi.setupData, cmdline)) },
    kernel: { start: prefAddress - BigInt(setupSize), size: BigInt(image.size) },
    runArea: { start: prefAddress, size: BigInt(initSize) },
    e820: e820Of(cell.memoryRegions),
    facts: {
      standardIoapic: ioapicPins(cell) !== null,
      uartFlags: uartFlags(cell.pio),
    },
  };
}
