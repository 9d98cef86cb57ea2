import { hex } from '../../base/address.ts';
import { InputError, reworded } from '../../base/diagnostic.ts';
import { parseDtb } from '../../formats/dtb/parse.ts';
import type { DeviceTree } from '../../formats/dtb/types.ts';
import { loadItems, placedParts, planOrRefusal, type LayoutLabels } from '../plan.ts';
import { addMap } from '../proof.ts';
import type { PlanRequest } from '../request.ts';
import type { LoadItem, Plan, PlanResult } from '../types.ts';
import { checkAddressBits } from './address-bits.ts';
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
    throw reworded(error, () => ({ path: ['dtb'] }));
  }
}

/** @throws InputError `dtb/missing`, and as `parseDtb` does */
function readTree({ dtb }: Pick<PlanRequest, 'dtb'>): { tree: DeviceTree; size: bigint } {
  if (dtb !== null) return { tree: parseGiven(dtb), size: BigInt(dtb.length) };
  throw new InputError(
    'dtb/missing',
    'there is no device tree, from which an arm kernel reads its hardware',
    {
      requested: 'the DTB of the cell, as dtc made it',
      fix: 'give the cell’s device tree as `dtb:` in the manifest, or with -d to cell-linux (Jailhouse has some in configs/arm64/dts)',
      path: ['dtb'],
    },
  );
}

const LABELS: LayoutLabels = {
  loader: 'loader, its stack and arguments',
  params: 'device tree',
  kernel: 'kernel',
  runArea: 'kernel run area',
};

/** The loader, and what it is told. */
const loaderItems = ({ loaderSize }: ArmRequest, layout: ArmLayout): LoadItem[] => [
  {
    kind: 'image',
    role: 'loader',
    address: layout.abi.base === null ? null : layout.loader.start,
    size: loaderSize,
  },
  { kind: 'string', text: loaderArguments(layout), address: argumentsRange(layout).start },
];

/** @throws InputError where no addresses can be computed */
function planAddresses<Image extends ArmImage>(
  request: ArmRequest<Image>,
  variant: ArmVariant<Image>,
  tree: DeviceTree,
  size: bigint,
): PlanResult {
  const layout =
    request.placement === 'upstream'
      ? placeUpstream(request, variant, tree, size)
      : placeExact(request, variant, tree);
  const diagnostics = checkLayout(request, layout);
  const placed = placedParts(layout, layout.initrd, LABELS);
  addMap(diagnostics, request.cell, placed);
  const plan: Plan = {
    architecture: variant.architecture,
    placement: request.placement,
    load: loadItems(loaderItems(request, layout), layout, layout.initrd),
    entry: layout.kernel.start,
    params: layout.dtb,
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
export const planArm = <Image extends ArmImage>(
  request: PlanRequest,
  variant: ArmVariant<Image>,
): PlanResult =>
  planOrRefusal(() => {
    // A system config of x86 says nothing of this machine, and is reported as such.
    const system = request.system?.architecture === 'x86' ? null : request.system;
    const { architecture } = variant;
    // No loader starts it, which is reported; its cell and device tree can be compared all the same.
    if (request.kernel.image.format === 'vmlinux') {
      return {
        plan: null,
        diagnostics: checkTree({ ...request, system, architecture }, readTree(request).tree),
      };
    }
    const narrowed = { ...variant.narrow(request), system };
    const { tree, size } = readTree(narrowed);
    const { plan, diagnostics } = planOrRefusal(() => planAddresses(narrowed, variant, tree, size));
    return {
      plan,
      diagnostics: [
        ...diagnostics,
        ...checkAddressBits(narrowed, tree),
        ...checkTree({ ...narrowed, architecture }, tree),
      ],
    };
  });
