import { hex } from '../../base/address.ts';
import { failure, hasErrors, InputError, type Diagnostic } from '../../base/diagnostic.ts';
import { ENTRY_64 } from '../../formats/kernel/bzimage.ts';
import { addMap } from '../proof.ts';
import { withFormat, type PlanRequest } from '../request.ts';
import type { LoadItem, Placed, PlanResult } from '../types.ts';
import { exactInitrd, upstreamInitrd, type PlacedInitrd } from './initrd.ts';
import { encodeParams } from './params.ts';
import { placeX86, type X86Layout } from './place.ts';
import { checkLayout } from './proof.ts';
import type { X86Request } from './request.ts';

function placeInitrd(request: X86Request, layout: X86Layout): PlacedInitrd | null {
  const { initrdSize, placement } = request;
  if (initrdSize === null) return null;
  return (placement === 'upstream' ? upstreamInitrd : exactInitrd)(request, layout, initrdSize);
}

/** Everything that occupies memory, in words, for the map. */
const placedParts = (layout: X86Layout, initrd: PlacedInitrd | null): Placed[] => [
  { label: 'loader and its stack', ...layout.loader },
  { label: 'params', ...layout.params },
  { label: 'kernel file', ...layout.kernel },
  { label: 'kernel run area', ...layout.runArea },
  ...(initrd === null ? [] : [{ label: 'initrd', ...initrd.range }]),
];

function checkDtb({ dtb }: X86Request): Diagnostic[] {
  if (dtb === null) return [];
  return [
    {
      code: 'dtb/unused',
      severity: 'warning',
      message: 'an x86 kernel gets no device tree from its loader; this one is left out',
      fix: 'remove the device tree, or give the cell and the kernel that it belongs to',
      path: ['dtb'],
    },
  ];
}

/** @throws InputError where no addresses can be computed */
function planAddresses(request: X86Request): PlanResult {
  if (request.initrdSize === 0n) {
    return { plan: null, diagnostics: [failure('input/empty', 'the initrd is empty', { path: ['initrd'] })] };
  }
  const layout = placeX86(request);
  const initrd = placeInitrd(request, layout);
  const refusal = initrd?.refusal ?? null;
  const range = initrd === null || refusal ? null : initrd.range;
  const problems = [...checkDtb(request), ...checkLayout(request, layout, range)];
  const isTold = initrd !== null && initrd.followsKernel && hasErrors(problems);
  const diagnostics = [...problems, ...(refusal && !isTold ? [refusal] : [])];
  const placed = placedParts(layout, initrd);
  addMap(diagnostics, request.cell, placed);
  if (refusal) return { plan: null, diagnostics };

  const params = encodeParams({
    head: request.kernel.image.head,
    prefAddress: layout.runArea.start,
    address: layout.params.start,
    initrd: range,
    e820: layout.e820,
    setupData: layout.abi.setupData,
    facts: layout.facts,
    cmdline: request.cmdline,
  });
  const load: LoadItem[] = [
    { kind: 'image', role: 'loader', address: layout.loader.start, size: request.loaderSize },
    { kind: 'image', role: 'kernel', address: layout.kernel.start, size: layout.kernel.size },
    ...(range === null
      ? []
      : [{ kind: 'image' as const, role: 'initrd' as const, address: range.start, size: range.size }]),
    { kind: 'image', role: 'params', address: layout.params.start, size: layout.params.size },
  ];
  const e820 = layout.e820.map(({ addr, size, type }) => ({ address: hex(addr), size: hex(size), type }));
  return {
    plan: {
      architecture: 'x86',
      placement: request.placement,
      load,
      entry: layout.runArea.start + ENTRY_64,
      params,
      placed,
      details: { e820 },
    },
    diagnostics,
  };
}

/**
 * Plans an x86 cell: all addresses, the params image, and the proof that it boots.
 *
 * The plan is `null` where no params image can be made at all. Else the diagnostics say whether it boots: without an
 * error among them, every image can be loaded, and the kernel finds all that it needs.
 */
export function planX86(request: PlanRequest): PlanResult {
  try {
    return planAddresses(withFormat(request, 'bzImage'));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { plan: null, diagnostics: [error.diagnostic] };
  }
}
