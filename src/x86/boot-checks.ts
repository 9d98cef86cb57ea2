import { contains, describeSize, endOf, hex, type AddressRange } from '../address.ts';
import { isCommRegion, isRamWithoutDma, virtualRange } from '../cell/memory.ts';
import { failure, type Diagnostic, type ManifestPath } from '../diagnostic.ts';
import { describeRange, describeRegion } from '../plan/memory-map.ts';
import type { PlanRequest } from '../plan/request.ts';
import { initrdLimit } from './initrd.ts';
import { ZERO_PAGE_SIZE } from './params.ts';
import type { X86Layout } from './place.ts';
import { COMM_REGION_ADDRESS } from './releases.ts';
import { setupDataSize } from './setup-data.ts';

const KERNEL: ManifestPath = ['kernel', 'image'];

export function checkCommRegion({ cell }: PlanRequest): Diagnostic[] {
  const page = { start: COMM_REGION_ADDRESS, size: 0x1000n };
  const regions = cell.memoryRegions.filter(isCommRegion).map(virtualRange);
  if (regions.some((range) => contains(range, page))) return [];
  const actual =
    regions.length === 0
      ? 'the cell has none'
      : `it is at ${regions.map((range) => hex(range.start)).join(', ')}`;
  return [
    failure(
      'placement/comm-region',
      `the loader finds no comm region at ${hex(COMM_REGION_ADDRESS)}: ${actual}`,
      {
        requested: `a memory region with JAILHOUSE_MEM_COMM_REGION at ${describeRange(page)}`,
        actual,
        symptom: 'FATAL: Invalid MMIO/RAM read, addr: 0x100006',
        hint: 'add the comm region to .mem_regions of the cell config',
        path: ['cell'],
      },
    ),
  ];
}

export function checkE820({ cell }: PlanRequest, layout: X86Layout): Diagnostic[] {
  const problems: Diagnostic[] = cell.memoryRegions.flatMap((region, index): Diagnostic[] =>
    isRamWithoutDma(region) && region.size > 0n
      ? [
          {
            code: 'placement/ram-without-dma',
            severity: 'warning',
            message: `${describeRegion(cell, index).replace('memory at', 'executable memory at')} is no RAM for the kernel: JAILHOUSE_MEM_DMA is missing`,
            hint: 'add JAILHOUSE_MEM_DMA to its flags if the guest may use it as RAM',
            symptom: 'a silent console, or the kernel sees too little memory',
            path: ['cell'],
          },
        ]
      : [],
  );
  if (layout.e820.length < 2) {
    problems.push(
      failure(
        'placement/e820',
        `the memory map has ${layout.e820.length} of the 2 entries that Linux asks for`,
        {
          requested: '2 to 128 RAM and comm regions',
          actual: String(layout.e820.length),
          symptom: 'the kernel ignores the map ("BIOS-e801") and panics in alloc_low_pages',
          hint: 'RAM regions need READ, WRITE, EXECUTE and DMA, and neither IO nor ROOTSHARED',
          path: ['cell'],
        },
      ),
    );
  }
  return problems;
}

const isPowerOfTwo = (value: bigint): boolean => value > 0n && (value & (value - 1n)) === 0n;

export function checkKernelAddress({ kernel }: PlanRequest, layout: X86Layout): Diagnostic[] {
  const problems: Diagnostic[] = [];
  const { start, size } = layout.runArea;
  if (!isPowerOfTwo(start)) {
    problems.push(
      failure('placement/pref-address', `the kernel's pref_address ${hex(start)} is no power of two`, {
        requested: 'a power of two: the 64-bit entry aligns with it',
        actual: hex(start),
        symptom: 'triple fault (FATAL: Unexpected #VMEXIT, exitcode 7f)',
        hint: 'build the kernel with CONFIG_PHYSICAL_START=0x1000000',
        path: KERNEL,
      }),
    );
  }
  if (size === 0n) {
    problems.push(
      failure('placement/init-size', "the kernel's header says no init_size: its memory need is unknown", {
        hint: 'use the bzImage that the kernel build made, unmodified',
        path: KERNEL,
      }),
    );
  }
  const entry = layout.kernel.start + BigInt(kernel.image.setupSize);
  if (entry !== start) {
    problems.push(
      failure(
        'placement/kernel',
        `the kernel would be loaded ${describeSize(start - entry < 0n ? entry - start : start - entry)} off its start address`,
        {
          requested: `its protected-mode part at ${hex(start)}`,
          actual: hex(entry),
          symptom: 'triple fault (FATAL: Unexpected #VMEXIT, exitcode 7f)',
          hint: 'setup_sects is 0, which upstream does not read as 4: use `placement: exact`',
          path: KERNEL,
        },
      ),
    );
  }
  return problems;
}

export function checkCmdline({ cell, kernel, cmdline }: PlanRequest, layout: X86Layout): Diagnostic[] {
  const problems: Diagnostic[] = [];
  const length = Buffer.byteLength(cmdline);
  const fixed = BigInt(ZERO_PAGE_SIZE + setupDataSize(layout.abi.setupData) + 1);
  const windowEnd = paramsWindowEnd(layout, cell.memoryRegions.map(virtualRange));
  const room = windowEnd - layout.params.start - fixed;
  const kernelLimit = kernel.image.header.cmdline_size;
  const limits = `the loader's memory leaves ${room} bytes, the kernel reads ${kernelLimit}`;
  if (BigInt(length) > room) {
    problems.push(
      failure(
        'placement/cmdline',
        `the cmdline has ${length} bytes and would overwrite the loader: ${limits}`,
        {
          requested: `at most ${room < BigInt(kernelLimit) ? room : kernelLimit} bytes`,
          actual: `${length} bytes`,
          symptom: 'triple fault (FATAL: Unexpected #VMEXIT, exitcode 7f)',
          hint: 'shorten the cmdline',
          path: ['cmdline'],
        },
      ),
    );
  }
  if (length > kernelLimit) {
    problems.push(
      failure(
        'placement/cmdline',
        `the cmdline has ${length} bytes, the kernel cuts it at ${kernelLimit}: ${limits}`,
        {
          requested: `at most ${kernelLimit} bytes (cmdline_size)`,
          actual: `${length} bytes`,
          symptom: 'the last options have no effect',
          hint: 'shorten the cmdline, or move options into the kernel with CONFIG_CMDLINE',
          path: ['cmdline'],
        },
      ),
    );
  }
  return problems;
}

/** Where the params image must end: in front of the loader's next part, or with its RAM region. */
function paramsWindowEnd(layout: X86Layout, regions: readonly AddressRange[]): bigint {
  if (layout.abi.paramsLimit !== null) return layout.loaderBase + layout.abi.paramsLimit;
  const home = regions.find(
    (range) => range.start <= layout.params.start && layout.params.start < endOf(range),
  );
  return home === undefined ? layout.params.start : endOf(home);
}

export function checkInitrdLimit(request: PlanRequest, initrd: AddressRange | null): Diagnostic[] {
  const limit = initrdLimit(request);
  if (initrd === null || endOf(initrd) <= limit) return [];
  return [
    failure(
      'placement/initrd',
      `the initrd (${describeRange(initrd)}) ends above the kernel's initrd_addr_max`,
      {
        requested: `its last byte at or below ${hex(limit - 1n)}`,
        actual: hex(endOf(initrd) - 1n),
        hint: 'give the cell RAM at lower addresses',
        path: ['initrd'],
      },
    ),
  ];
}
