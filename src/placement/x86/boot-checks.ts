import { type AddressRange, describeRange, endOf, holds } from '../../base/ranges.ts';
import { describeSize, hex, isPowerOfTwo } from '../../base/address.ts';
import { virtualRange } from '../../formats/cell/memory.ts';
import { jailhouseText } from '../../formats/cell/layout-ids.ts';
import { failure, type Diagnostic, type ManifestPath } from '../../base/diagnostic.ts';
import { initrdLimit } from './initrd.ts';
import { ADDRESS_LIMIT, ZERO_PAGE_SIZE } from './params.ts';
import type { X86Layout, X86Request } from './place.ts';
import { LOAD_REFUSED } from '../regions.ts';
import { setupDataSize } from './setup-data.ts';

const KERNEL: ManifestPath = ['kernel', 'image'];
const TRIPLE_FAULT = 'triple fault (FATAL: Unexpected #VMEXIT, exitcode 7f)';

export function checkE820({ e820 }: X86Layout): Diagnostic[] {
  if (e820.length >= 2) return [];
  return [
    failure(
      'placement/e820',
      `the memory map has ${e820.length === 1 ? '1 entry' : 'no entries'}; Linux needs 2 or more`,
      {
        requested: '2 to 128 RAM and comm regions',
        actual: String(e820.length),
        symptom: 'the kernel ignores the map ("BIOS-e801") and panics in alloc_low_pages',
        fix: 'RAM regions need READ, WRITE, EXECUTE and DMA, and neither IO nor ROOTSHARED',
        path: ['cell'],
      },
    ),
  ];
}

/** CONFIG_PHYSICAL_START where nobody changed it. */
const USUAL_START = 0x1000000n;

export function checkKernelAddress({ kernel }: X86Request, layout: X86Layout): Diagnostic[] {
  const { setupSize, header } = kernel.image;
  const { start, size } = layout.runArea;
  const problems: Diagnostic[] = [];
  // No address would do for so much.
  const isHuge = endOf({ start: USUAL_START, size }) > ADDRESS_LIMIT;
  if (isHuge) {
    problems.push(
      failure('placement/init-size', `the kernel's init_size (${describeSize(size)}) reaches above 4 GiB`, {
        requested: `at most ${describeSize(ADDRESS_LIMIT - USUAL_START)}: pref_address and init_size stay below 4 GiB`,
        actual: hex(size),
        symptom: TRIPLE_FAULT,
        fix: 'use the bzImage that the kernel build made, unmodified',
        path: KERNEL,
      }),
    );
  }
  // Only a relocatable kernel aligns itself, by the kernel_alignment that is its pref_address in the params.
  const isMisaligned = header.relocatable_kernel !== 0 && !isPowerOfTwo(start);
  if (isMisaligned || (!isHuge && endOf(layout.runArea) > ADDRESS_LIMIT)) {
    const fault = isMisaligned ? 'is not a power of two' : 'puts its end above 4 GiB';
    problems.push(
      failure('placement/pref-address', `the kernel's pref_address ${hex(start)} ${fault}`, {
        requested: isMisaligned
          ? 'a power of two, with the end of init_size below 4 GiB: a relocatable kernel aligns to it'
          : 'the end of init_size below 4 GiB',
        actual: `${hex(start)}, init_size ${hex(size)}`,
        symptom: TRIPLE_FAULT,
        fix: 'build the kernel with CONFIG_PHYSICAL_START=0x1000000',
        path: KERNEL,
      }),
    );
  }
  const least = BigInt(header.syssize) * 16n;
  if (size === 0n || size < least) {
    const message =
      size === 0n
        ? "the kernel's header has no init_size, so the memory that it needs is unknown"
        : `the kernel's init_size (${describeSize(size)}) is less than its own ${describeSize(least)}`;
    problems.push(
      failure('placement/init-size', message, {
        fix: 'use the bzImage that the kernel build made, unmodified',
        path: KERNEL,
      }),
    );
  }
  const entry = layout.kernel.start + BigInt(setupSize);
  if (entry !== start) {
    problems.push(
      failure(
        'placement/kernel',
        `the kernel would be loaded ${describeSize(entry > start ? entry - start : start - entry)} away from its start address`,
        {
          requested: `its protected-mode part at ${hex(start)}`,
          actual: hex(entry),
          symptom: TRIPLE_FAULT,
          fix: 'setup_sects is 0, which upstream does not read as 4: use `placement: exact`',
          path: KERNEL,
        },
      ),
    );
  }
  return problems;
}

export function checkLoaderSize({ cell, loaderSize }: X86Request, { loader }: X86Layout): Diagnostic[] {
  if (loaderSize === null || loaderSize <= loader.size) return [];
  return [
    failure(
      'placement/loader',
      `the loader has ${describeSize(loaderSize)}, ${describeSize(loaderSize - loader.size)} more than there is room for`,
      {
        requested: `at most ${describeSize(loader.size)}: the Linux loader of ${jailhouseText(cell)}`,
        actual: describeSize(loaderSize),
        symptom: 'a silent hang or a triple fault',
        fix: "give the linux-loader.bin of the target's Jailhouse build (not the .o or ELF file)",
        path: ['loader'],
        after: ['loader/format'],
      },
    ),
  ];
}

/** Bytes of the params image without the cmdline's text. */
const fixedParams = ({ abi }: X86Layout): bigint => BigInt(ZERO_PAGE_SIZE + setupDataSize(abi.setupData) + 1);

/** Where the params image must end: in front of the loader's next part, or with its region (`null`: it has none). */
function windowEnd({ cell }: X86Request, { abi, loader, params }: X86Layout): bigint | null {
  if (abi.paramsLimit !== null) return loader.start + abi.paramsLimit;
  const home = cell.memoryRegions.map(virtualRange).find((range) => holds(range, params.start));
  return home === undefined ? null : endOf(home);
}

/** The longest cmdline, without its NUL, that has room; `null` if not even an empty one has. */
function cmdlineRoom(request: X86Request, layout: X86Layout): bigint | null {
  const end = windowEnd(request, layout);
  if (end === null) return null;
  const room = end - layout.params.start - fixedParams(layout);
  return room < 0n ? null : room;
}

/** The params image without what is too long in its cmdline: {@link checkCmdline} tells that. */
export function paramsInWindow(request: X86Request, layout: X86Layout): AddressRange {
  const room = cmdlineRoom(request, layout);
  const { start, size } = layout.params;
  const most = fixedParams(layout) + (room ?? 0n);
  return { start, size: size < most ? size : most };
}

/** The cmdline against its two limits: the room that the loader leaves, and what the kernel reads. */
export function checkCmdline(request: X86Request, layout: X86Layout): Diagnostic[] {
  const room = cmdlineRoom(request, layout);
  const kernelLimit = BigInt(request.kernel.image.header.cmdline_size);
  const length = layout.params.size - fixedParams(layout);
  const isOver = room !== null && length > room;
  if (!isOver && length <= kernelLimit) return [];
  const most = isOver && room < kernelLimit ? room : kernelLimit;
  const isCut = length > kernelLimit ? [`the kernel reads ${kernelLimit} (cmdline_size)`] : [];
  const [where, symptom] =
    layout.abi.paramsLimit === null
      ? ['its memory region', LOAD_REFUSED]
      : ["the loader's memory", TRIPLE_FAULT];
  const limits = [...(isOver ? [`${where} leaves ${room}`] : []), ...isCut].join(', ');
  return [
    failure('placement/cmdline', `the cmdline has ${length} bytes: ${limits}`, {
      requested: `at most ${most} bytes`,
      actual: `${length} bytes`,
      symptom: isOver ? symptom : 'the last options have no effect',
      fix: isOver
        ? 'shorten the cmdline'
        : 'shorten the cmdline, or move options into the kernel with CONFIG_CMDLINE',
      path: ['cmdline'],
    }),
  ];
}

export function checkInitrdLimit(request: X86Request, initrd: AddressRange | null): Diagnostic[] {
  const limit = initrdLimit(request);
  if (initrd === null || endOf(initrd) <= limit) return [];
  return [
    failure(
      'placement/initrd',
      `the initrd (${describeRange(initrd)}) ends ${describeSize(endOf(initrd) - limit)} above the kernel's initrd_addr_max`,
      {
        requested: `its last byte at or below ${hex(limit - 1n)}`,
        actual: hex(endOf(initrd) - 1n),
        fix: 'give the cell RAM at lower addresses',
        path: ['initrd'],
      },
    ),
  ];
}
