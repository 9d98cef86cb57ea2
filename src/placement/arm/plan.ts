import { hex } from '../../base/address.ts';
import { failure, InputError } from '../../base/diagnostic.ts';
import { parseDtb } from '../../formats/dtb/parse.ts';
import type { DeviceTree } from '../../formats/dtb/types.ts';
import { addMap } from '../proof.ts';
import type { PlanRequest } from '../request.ts';
import type { LoadItem, Placed, Plan, PlanResult } from '../types.ts';
import { placeExact } from './exact.ts';
import { argumentsRange, loaderArguments, type ArmLayout } from './layout.ts';
import { checkLayout } from './proof.ts';
import type { ArmImage, ArmRequest, ArmVariant } from './protocols.ts';
import { checkTree } from './tree-checks/tree.ts';
import { kernelRam } from './tree.ts';
import { placeUpstream } from './upstream.ts';

/** @throws InputError as `parseDtb` does, with the manifest's place */
function parseGiven(dtb: Uint8Array): DeviceTree {
  try {
    return parseDtb(dtb);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { code, message, ...more } = error.diagnostic;
    throw new InputError(code, message, { ...more, path: ['dtb'] });
  }
}

/** @throws InputError `dtb/missing`, and as `parseDtb` does */
function readTree({ dtb }: ArmRequest): { tree: DeviceTree; size: bigint } {
  if (dtb !== null) return { tree: parseGiven(dtb), size: BigInt(dtb.length) };
  throw new InputError('dtb/missing', 'there is no device tree: an arm kernel learns its hardware from one', {
    requested: 'the DTB of the inmate, as dtc made it',
    fix: 'give the cell’s device tree as `dtb:` in the manifest, or with -d to cell-linux (Jailhouse has some in configs/arm64/dts)',
    path: ['dtb'],
  });
}

/** Everything that occupies memory, in words, for the map. */
const placedParts = (layout: ArmLayout): Placed[] => [
  { label: 'loader, its stack and arguments', ...layout.loader },
  { label: 'device tree', ...layout.dtb },
  { label: 'kernel', ...layout.kernel },
  { label: 'kernel run area', ...layout.runArea },
  ...(layout.initrd === null ? [] : [{ label: 'initrd', ...layout.initrd }]),
];

function loadItems({ loaderSize }: ArmRequest, layout: ArmLayout): LoadItem[] {
  const { abi, loader, kernel, initrd, dtb } = layout;
  return [
    { kind: 'image', role: 'loader', address: abi.base === null ? null : loader.start, size: loaderSize },
    { kind: 'string', text: loaderArguments(layout), address: argumentsRange(layout).start },
    { kind: 'image', role: 'kernel', address: kernel.start, size: kernel.size },
    ...(initrd === null
      ? []
      : [{ kind: 'image' as const, role: 'initrd' as const, address: initrd.start, size: initrd.size }]),
    { kind: 'image', role: 'params', address: dtb.start, size: dtb.size },
  ];
}

/** @throws InputError where no addresses can be computed */
function planAddresses<Image extends ArmImage>(
  request: ArmRequest<Image>,
  variant: ArmVariant<Image>,
): PlanResult {
  if (request.initrdSize === 0n) {
    return { plan: null, diagnostics: [failure('input/empty', 'the initrd is empty', { path: ['initrd'] })] };
  }
  const { tree, size } = readTree(request);
  const layout =
    request.placement === 'upstream'
      ? placeUpstream(request, variant, tree, size)
      : placeExact(request, variant, tree);
  const diagnostics = [...checkLayout(request, layout), ...checkTree(request, tree)];
  const placed = placedParts(layout);
  addMap(diagnostics, request.cell, placed);
  const plan: Plan = {
    architecture: variant.architecture,
    placement: request.placement,
    load: loadItems(request, layout),
    entry: layout.kernel.start,
    params: layout.params,
    placed,
    details: {
      memory: kernelRam(request.cell).map(({ start, size: bytes }) => ({
        address: hex(start),
        size: hex(bytes),
      })),
    },
  };
  return { plan, diagnostics };
}

/**
 * Plans an arm or arm64 cell: all addresses, the edited device tree, and the proof that it boots.
 *
 * The plan is `null` where none can be made at all. Else the diagnostics say whether it boots.
 */
export function planArm<Image extends ArmImage>(
  request: PlanRequest,
  variant: ArmVariant<Image>,
): PlanResult {
  try {
    return planAddresses(variant.narrow(request), variant);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { plan: null, diagnostics: [error.diagnostic] };
  }
}
