import { hex } from '../../base/address.ts';
import { hasErrors, type Diagnostic } from '../../base/diagnostic.ts';
import { ENTRY_64 } from '../../formats/kernel/bzimage.ts';
import { loadItems, placedParts, planOrRefusal, type LayoutLabels } from '../plan.ts';
import { addMap } from '../proof.ts';
import { withFormat, type PlanRequest } from '../request.ts';
import type { LoadItem, PlanResult } from '../types.ts';
import { exactInitrd, upstreamInitrd, type PlacedInitrd } from './initrd.ts';
import { encodeParams } from './params.ts';
import { placeX86, type X86Layout, type X86Request } from './place.ts';
import { checkLayout } from './proof.ts';

function placeInitrd(request: X86Request, layout: X86Layout): PlacedInitrd | null {
  const { initrdSize, placement } = request;
  if (initrdSize === null) return null;
  return (placement === 'upstream' ? upstreamInitrd : exactInitrd)(request, layout, initrdSize);
}

const LABELS: LayoutLabels = {
  loader: 'loader and its stack',
  params: 'params',
  kernel: 'kernel file',
  runArea: 'kernel run area',
};

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
  const layout = placeX86(request);
  const initrd = placeInitrd(request, layout);
  const refusal = initrd?.refusal ?? null;
  const range = initrd === null || refusal ? null : initrd.range;
  const problems = [...checkDtb(request), ...checkLayout(request, layout, range)];
  const isTold = initrd !== null && initrd.followsKernel && hasErrors(problems);
  const diagnostics = [...problems, ...(refusal && !isTold ? [refusal] : [])];
  const placed = placedParts(layout, initrd && initrd.range, LABELS);
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
  const loader: LoadItem = {
    kind: 'image',
    role: 'loader',
    address: layout.loader.start,
    size: request.loaderSize,
  };
  const e820 = layout.e820.map(({ addr, size, type }) => ({ address: hex(addr), size: hex(size), type }));
  return {
    plan: {
      architecture: 'x86',
      placement: request.placement,
      load: loadItems([loader], layout, range),
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
export const planX86 = (request: PlanRequest): PlanResult =>
  planOrRefusal(() => planAddresses(withFormat(request, 'bzImage')));
