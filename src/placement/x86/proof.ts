import { span, type AddressRange } from '../../base/ranges.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';
import {
  checkCommRegion,
  checkDma,
  checkMemory,
  missingRanges,
  wholePart,
  type Claim,
  type OverlapTexts,
  type Part,
} from '../proof.ts';
import {
  checkCmdline,
  checkE820,
  checkInitrdLimit,
  checkKernelAddress,
  checkLoaderSize,
  paramsInWindow,
} from './boot-checks.ts';
import { checkLowRam } from './low-ram.ts';
import type { X86Layout, X86Request } from './place.ts';
import { COMM_PAGE } from './releases.ts';

/** Everything that speaks against booting a layout; no error in it is the proof that it can be loaded and started. */
export function checkLayout(
  request: X86Request,
  layout: X86Layout,
  initrd: AddressRange | null,
): Diagnostic[] {
  const { cell } = request;
  const parts = partsOf(request, layout, initrd);
  const claims = claimsOf(request, layout, initrd);
  const gaps = missingRanges(cell, parts);
  return [
    ...checkCommRegion(cell, COMM_PAGE, 'FATAL: Invalid MMIO/RAM read, addr: 0x100006'),
    ...checkE820(layout),
    ...checkDma(cell, gaps),
    ...checkLowRam(request, gaps),
    ...checkKernelAddress(request, layout),
    ...checkLoaderSize(request, layout),
    ...checkMemory(cell, parts, claims, overlapTexts(layout), [COMM_PAGE]),
    ...checkCmdline(request, layout),
    ...checkInitrdLimit(request, initrd),
  ];
}

function partsOf(request: X86Request, layout: X86Layout, initrd: AddressRange | null): Part[] {
  const params = paramsInWindow(request, layout);
  // A loader that is too large is told as such; of an unknown one, all that it may use.
  const { start: loaderStart, size: loaderMost } = layout.loader;
  const loaderSize = request.loaderSize ?? loaderMost;
  const loader = { start: loaderStart, size: loaderSize < loaderMost ? loaderSize : loaderMost };
  const start: Part = {
    what: 'loader, with its stack and the params,',
    path: ['cell'],
    ram: span(layout.loader, params),
    images: [
      { what: 'loader', range: loader },
      { what: 'params image', range: params },
    ],
    fix: 'give the cell RAM there, as the upstream x86 Linux cells have it',
  };
  const kernel: Part = {
    what: 'kernel, to unpack itself and start,',
    path: ['kernel', 'image'],
    ram: layout.runArea,
    images: [{ what: 'kernel file', range: layout.kernel }],
    fix: 'give the cell more RAM, or build the kernel smaller or with another CONFIG_PHYSICAL_START (0x1000000 is usual)',
  };
  return [start, kernel, ...(initrd === null ? [] : [wholePart('initrd', 'initrd', initrd)])];
}

/** What occupies memory, each with all that moves along with it. */
function claimsOf(request: X86Request, layout: X86Layout, initrd: AddressRange | null): Claim[] {
  const params = paramsInWindow(request, layout);
  return [
    { what: 'loader and params', range: span(layout.loader, params), path: ['cell'] },
    { what: 'kernel', range: span(layout.kernel, layout.runArea), path: ['kernel', 'image'] },
    ...(initrd === null ? [] : [{ what: 'initrd', range: initrd, path: ['initrd'] }]),
  ];
}

const overlapTexts = ({ abi }: X86Layout): OverlapTexts => ({
  initrd: {
    symptom: 'Initramfs unpacking failed: invalid magic at start of compressed archive',
    fix: `use \`placement: exact\`${abi.kernelFactor === null ? ', or a larger -k factor with upstream’s' : ''}: the kernel unpacks over what is there`,
  },
  other: {
    symptom: 'a silent hang or a triple fault',
    fix: 'build the kernel with another CONFIG_PHYSICAL_START (0x1000000 is usual), or move the cell’s regions',
  },
});
