import { describeSize, overlaps, type AddressRange } from '../address.ts';
import { isCommRegion, ramRanges, virtualRange } from '../cell/memory.ts';
import { failure, type Diagnostic, type ManifestPath } from '../diagnostic.ts';
import { describeRange, drawMemoryMap } from '../plan/memory-map.ts';
import { uncovered, whyNotLoadable } from '../plan/regions.ts';
import type { PlanRequest } from '../plan/request.ts';
import {
  checkCmdline,
  checkCommRegion,
  checkE820,
  checkInitrdLimit,
  checkKernelAddress,
} from './boot-checks.ts';
import { placedParts } from './parts.ts';
import type { X86Layout } from './place.ts';

const KERNEL: ManifestPath = ['kernel', 'image'];

interface Claim {
  what: string;
  range: AddressRange;
  path: ManifestPath;
}

/** Everything that speaks against booting a layout; an empty list is the proof that it can be loaded and started. */
export function checkLayout(
  request: PlanRequest,
  layout: X86Layout,
  initrd: AddressRange | null,
): Diagnostic[] {
  const problems = [
    ...checkCommRegion(request),
    ...checkE820(request, layout),
    ...checkKernelAddress(request, layout),
    ...checkLoadable(request, layout, initrd),
    ...checkRam(request, layout, initrd),
    ...checkOverlaps(request, layout, initrd),
    ...checkCmdline(request, layout),
    ...checkInitrdLimit(request, initrd),
  ];
  // One map serves all: it goes with the first problem that is about addresses.
  const first = problems.find(({ code, severity }) => severity === 'error' && code.startsWith('placement/'));
  if (first) first.detail = drawMemoryMap(request.cell, placedParts(layout, initrd));
  return problems;
}

function checkLoadable(
  { cell, loaderSize }: PlanRequest,
  layout: X86Layout,
  initrd: AddressRange | null,
): Diagnostic[] {
  const loader = { start: layout.loaderBase, size: loaderSize ?? 1n };
  const images: Claim[] = [
    { what: 'loader', range: loader, path: loaderSize === null ? ['cell'] : ['loader'] },
    { what: 'kernel', range: layout.kernel, path: KERNEL },
    ...(initrd === null ? [] : [{ what: 'initrd', range: initrd, path: ['initrd'] }]),
    { what: 'params image', range: layout.params, path: ['cell'] },
  ];
  return images.flatMap(({ what, range, path }) => {
    const why = whyNotLoadable(cell, range);
    if (why === null) return [];
    return [
      failure('placement/not-loadable', `the ${what} (${describeRange(range)}) cannot be loaded: ${why}`, {
        requested: `one memory region with WRITE and LOADABLE that holds ${describeRange(range)}`,
        actual: why,
        symptom: 'JAILHOUSE_CELL_LOAD: Invalid argument',
        hint: 'enlarge that RAM region of the cell, or flag it JAILHOUSE_MEM_LOADABLE',
        path,
      }),
    ];
  });
}

function checkRam({ cell }: PlanRequest, layout: X86Layout, initrd: AddressRange | null): Diagnostic[] {
  const ram = ramRanges(cell);
  const needs: (Claim & { hint: string })[] = [
    {
      what: 'loader with its stack',
      range: layout.loader,
      path: ['cell'],
      hint: 'give the cell low RAM, as the upstream x86 Linux cells have it',
    },
    {
      what: "kernel's run area",
      range: layout.runArea,
      path: KERNEL,
      hint: 'give the cell more RAM, or build the kernel smaller or with a lower CONFIG_PHYSICAL_START',
    },
    ...(initrd === null
      ? []
      : [{ what: 'initrd', range: initrd, path: ['initrd'], hint: 'place it with `placement: exact`' }]),
  ];
  return needs.flatMap(({ what, range, path, hint }) => {
    const gaps = uncovered(range, ram);
    if (gaps.length === 0) return [];
    const missing = gaps.reduce((sum, gap) => sum + gap.size, 0n);
    return [
      failure(
        'placement/no-ram',
        `the ${what} (${describeRange(range)}) lies outside the cell's RAM: ${describeSize(missing)} missing at ${gaps.map(describeRange).join(', ')}`,
        {
          requested: `RAM at ${describeRange(range)}`,
          actual: `no RAM at ${gaps.map(describeRange).join(', ')}`,
          symptom: 'FATAL: Invalid RAM write, or a silent console',
          hint,
          path,
        },
      ),
    ];
  });
}

function checkOverlaps({ cell }: PlanRequest, layout: X86Layout, initrd: AddressRange | null): Diagnostic[] {
  const loader: Claim = { what: 'loader with its stack', range: layout.loader, path: ['cell'] };
  const params: Claim = { what: 'params image', range: layout.params, path: ['cmdline'] };
  const kernel: Claim = { what: 'kernel file', range: layout.kernel, path: KERNEL };
  const runArea: Claim = { what: "kernel's run area", range: layout.runArea, path: KERNEL };
  const comm: Claim[] = cell.memoryRegions
    .filter(isCommRegion)
    .map((region) => ({ what: 'comm region', range: virtualRange(region), path: ['cell'] }));
  const behind: Claim[] = initrd === null ? [] : [{ what: 'initrd', range: initrd, path: ['initrd'] }];

  // The params lie inside the loader's memory by design (checkCmdline watches their window), the kernel in its run area.
  const pairs: [Claim, Claim][] = [
    ...[kernel, runArea, ...behind].flatMap((claim) =>
      [loader, params].map((other): [Claim, Claim] => [claim, other]),
    ),
    ...behind.flatMap((claim) => [kernel, runArea].map((other): [Claim, Claim] => [claim, other])),
    ...[kernel, runArea, ...behind, loader, params].flatMap((claim) =>
      comm.map((other): [Claim, Claim] => [claim, other]),
    ),
  ];
  return pairs
    .filter(([a, b]) => overlaps(a.range, b.range))
    .map(([a, b]) =>
      failure(
        'placement/overlap',
        `the ${a.what} (${describeRange(a.range)}) and the ${b.what} (${describeRange(b.range)}) overlap`,
        {
          symptom:
            a.what === 'initrd'
              ? 'Initramfs unpacking failed: invalid magic at start of compressed archive'
              : 'a silent hang or a triple fault',
          hint:
            a.what === 'initrd'
              ? 'the kernel unpacks over the initrd: use `placement: exact`, or a larger -k factor with upstream’s'
              : 'build the kernel with another CONFIG_PHYSICAL_START (0x1000000 is usual), or move the cell’s regions',
          path: a.path,
        },
      ),
    );
}
