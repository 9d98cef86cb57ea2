import { describeSize, hex, span, type AddressRange } from '../../base/address.ts';
import { ramRanges } from '../../formats/cell/memory.ts';
import { failure, type Diagnostic } from '../../base/diagnostic.ts';
import { describeRange } from '../memory-map.ts';
import {
  checkContests,
  checkDma,
  checkPart,
  checkRegionEnds,
  findOverlaps,
  type Claim,
  type Overlap,
  type Part,
} from '../proof.ts';
import { uncovered } from '../regions.ts';
import {
  checkCmdline,
  checkCommRegion,
  checkE820,
  checkInitrdLimit,
  checkKernelAddress,
  checkLoaderSize,
  paramsInWindow,
} from './boot-checks.ts';
import type { X86Layout } from './place.ts';
import { COMM_PAGE } from './releases.ts';
import type { X86Request } from './request.ts';

/** Everything that speaks against booting a layout; no error in it is the proof that it can be loaded and started. */
export function checkLayout(
  request: X86Request,
  layout: X86Layout,
  initrd: AddressRange | null,
): Diagnostic[] {
  const parts = partsOf(request, layout, initrd);
  const ram = ramRanges(request.cell);
  const gaps = parts.flatMap((part) => uncovered(part.ram, ram));
  return [
    ...checkCommRegion(request),
    ...checkE820(layout),
    ...checkDma(request.cell, gaps),
    ...checkKernelAddress(request, layout),
    ...checkLoaderSize(request, layout),
    ...parts.flatMap((part) => checkPart(request.cell, part, ram)),
    ...checkOverlaps(request, layout, initrd),
    ...checkContests(request.cell, [
      ...claimsOf(request, layout, initrd).map(({ range }) => range),
      COMM_PAGE,
    ]),
    ...checkRegionEnds(request.cell),
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
  if (initrd === null) return [start, kernel];
  return [
    start,
    kernel,
    {
      what: 'initrd',
      path: ['initrd'],
      ram: initrd,
      images: [{ what: 'initrd', range: initrd }],
      fix: 'use `placement: exact`, or give the cell more RAM',
    },
  ];
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

/** Regions of other kinds need no look here: what is placed lies in RAM, and regions that overlap are told. */
const checkOverlaps = (request: X86Request, layout: X86Layout, initrd: AddressRange | null): Diagnostic[] =>
  findOverlaps(claimsOf(request, layout, initrd)).map((found) => overlapping(found, layout));

function overlapping({ claim, other, shared }: Overlap, { abi }: X86Layout): Diagnostic {
  const isInitrd = claim.what === 'initrd';
  const exact = `use \`placement: exact\`${abi.kernelFactor === null ? ', or a larger -k factor with upstream’s' : ''}`;
  return failure(
    'placement/overlap',
    `the ${claim.what} (${describeRange(claim.range)}) and the ${other.what} (${describeRange(other.range)}) overlap by ${describeSize(shared.size)} at ${hex(shared.start)}`,
    {
      symptom: isInitrd
        ? 'Initramfs unpacking failed: invalid magic at start of compressed archive'
        : 'a silent hang or a triple fault',
      fix: isInitrd
        ? `${exact}: the kernel unpacks over what lies there`
        : 'build the kernel with another CONFIG_PHYSICAL_START (0x1000000 is usual), or move the cell’s regions',
      path: claim.path,
    },
  );
}
