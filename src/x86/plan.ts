import { hex, type AddressRange } from '../address.ts';
import { InputError, type Diagnostic } from '../diagnostic.ts';
import type { PlanRequest } from '../plan/request.ts';
import type { LoadItem, PlanResult } from '../plan/types.ts';
import { exactInitrd, upstreamInitrd } from './initrd.ts';
import { encodeParams } from './params.ts';
import { placedParts } from './parts.ts';
import { placeX86 } from './place.ts';
import { checkLayout } from './proof.ts';

const ZERO_PAGE_LIMIT = 1n << 32n;

/** Offset of the 64-bit entry in the protected-mode kernel (Linux, Documentation/arch/x86/boot.rst). */
const ENTRY_64 = 0x200n;

/**
 * Plans an x86 cell: all addresses, the params image, and the proof that it boots.
 * The plan is `null` where no params image can be made at all; else the problems say whether it boots.
 */
export function planX86(request: PlanRequest): PlanResult {
  const problems: Diagnostic[] = [];
  try {
    const layout = placeX86(request);
    let initrd: AddressRange | null = null;
    if (request.initrdSize !== null) {
      const place = request.placement === 'upstream' ? upstreamInitrd : exactInitrd;
      try {
        initrd = place(request, layout, request.initrdSize);
      } catch (error) {
        problems.push(...checkLayout(request, layout, null));
        throw error;
      }
    }
    problems.push(...checkLayout(request, layout, initrd));
    if (initrd !== null && (initrd.start >= ZERO_PAGE_LIMIT || initrd.size >= ZERO_PAGE_LIMIT)) {
      throw new InputError(
        'placement/initrd',
        'the zero page has no room for an initrd address above 4 GiB',
        {
          hint: 'give the cell RAM below 4 GiB',
          path: ['initrd'],
        },
      );
    }

    const params = encodeParams({
      kernel: request.kernel.file,
      prefAddress: layout.runArea.start,
      address: layout.params.start,
      initrd,
      e820: layout.e820,
      setupData: layout.abi.setupData,
      facts: layout.facts,
      cmdline: request.cmdline,
    });
    const load: LoadItem[] = [
      { kind: 'image', role: 'loader', address: layout.loaderBase, size: request.loaderSize },
      { kind: 'image', role: 'kernel', address: layout.kernel.start, size: layout.kernel.size },
      ...(initrd === null
        ? []
        : [{ kind: 'image' as const, role: 'initrd' as const, address: initrd.start, size: initrd.size }]),
      { kind: 'image', role: 'params', address: layout.params.start, size: layout.params.size },
    ];
    return {
      plan: {
        architecture: 'x86',
        placement: request.placement,
        load,
        entry: layout.runArea.start + ENTRY_64,
        params,
        placed: placedParts(layout, initrd),
        details: {
          e820: layout.e820.map(({ addr, size, type }) => ({ address: hex(addr), size: hex(size), type })),
        },
      },
      diagnostics: problems,
    };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { plan: null, diagnostics: [...problems, error.diagnostic] };
  }
}
