import { type AddressRange, describeRange, rangeTo, endOf, holds, span } from '../../base/ranges.ts';
import { describeSize, hex } from '../../base/address.ts';
import { ramRanges } from '../../formats/cell/memory.ts';
import { failure, type Diagnostic, type ManifestPath } from '../../base/diagnostic.ts';
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
import { argumentsRange, type ArmLayout } from './layout.ts';
import type { ArmRequest } from './protocols.ts';
import { LOADER_SIZE } from './releases.ts';

const KERNEL: ManifestPath = ['kernel', 'image'];

/** Upstream's own cells do not flag the loader's region as RAM, so it need only be loadable. */
const NO_RAM: AddressRange = { start: 0n, size: 0n };

/** Everything that speaks against booting a layout; no error in it is the proof that it can be loaded and started. */
export function checkLayout(request: ArmRequest, layout: ArmLayout): Diagnostic[] {
  const { cell } = request;
  const parts = partsOf(request, layout);
  const gaps = missingRanges(cell, parts);
  const ram = ramRanges(cell);
  const { commPage } = layout.abi;
  return [
    ...checkResetAddress(request, layout),
    ...(commPage === null ? [] : checkCommRegion(cell, commPage, 'Unhandled data read at 0x80000006(2)')),
    ...checkDma(cell, gaps).filter(() => gaps.length > 0),
    ...checkKernelPlace(layout),
    ...checkLoaderSize(request, layout),
    ...checkMemory(cell, parts, claimsOf(layout), OVERLAP_TEXTS),
    ...checkRamStart(layout, ram),
    ...checkDtbSize(layout),
    ...checkReach(layout),
  ];
}

function partsOf({ loaderSize }: ArmRequest, layout: ArmLayout): Part[] {
  const { loader, kernel, runArea, initrd, params } = layout;
  const least = loaderSize !== null && loaderSize > LOADER_SIZE ? loaderSize : LOADER_SIZE;
  return [
    {
      what: 'loader',
      path: ['cell'],
      ram: NO_RAM,
      images: [
        {
          what: 'loader, with its stack and page tables,',
          // One that is too large is reported as such.
          range: { start: loader.start, size: least < loader.size ? least : loader.size },
        },
        { what: 'argument string', range: argumentsRange(layout) },
      ],
      fix: 'give the cell loadable memory there, as the upstream Linux cells have it',
    },
    {
      what: 'kernel, with its BSS,',
      path: KERNEL,
      ram: span(kernel, runArea),
      images: [{ what: 'kernel', range: kernel }],
      fix: 'give the cell more RAM in one region, or build the kernel smaller',
    },
    ...(initrd === null ? [] : [wholePart('initrd', 'initrd', initrd)]),
    wholePart('device tree', 'dtb', params),
  ];
}

/** What occupies memory; of two that overlap the later one is the one to move. */
const claimsOf = ({ loader, kernel, runArea, params, initrd }: ArmLayout): Claim[] => [
  { what: 'loader with its stack and page tables', range: loader, path: ['cell'] },
  { what: 'kernel with its BSS', range: span(kernel, runArea), path: KERNEL },
  { what: 'device tree', range: params, path: ['dtb'] },
  ...(initrd === null ? [] : [{ what: 'initrd', range: initrd, path: ['initrd'] }]),
];

const APART = 'use `placement: exact`, which keeps them apart, or move the cell’s regions';
const OVERLAP_TEXTS: OverlapTexts = {
  initrd: { symptom: 'Initramfs unpacking failed: invalid magic', fix: APART },
  other: { symptom: 'a silent hang', fix: APART },
};

/** Jailhouse's own loader is linked for address 0; a warning, since a port may have its own. */
function checkResetAddress({ cell, loaderSize }: ArmRequest, { loader }: ArmLayout): Diagnostic[] {
  if (loader.start === 0n) return [];
  const whose = loaderSize === null ? "the target's linux-loader.bin" : 'the loader';
  return [
    {
      code: 'placement/reset-address',
      severity: 'warning',
      message: `the cell starts at cpu_reset_address ${hex(loader.start)}; ${whose} must be linked for it, and Jailhouse's own is linked for 0x0`,
      requested: '0x0, or a loader that was linked for the address',
      actual: hex(cell.header.cpu_reset_address ?? 0n),
      symptom: 'a silent hang',
      fix: 'remove .cpu_reset_address from the cell config, and give the cell loadable memory at 0x0',
      path: ['cell'],
    },
  ];
}

function checkLoaderSize({ loaderSize }: ArmRequest, { loader }: ArmLayout): Diagnostic[] {
  if (loaderSize === null || loaderSize <= loader.size) return [];
  return [
    failure(
      'placement/loader-size',
      `the loader has ${describeSize(loaderSize)}, ${describeSize(loaderSize - loader.size)} more than there is room for`,
      {
        requested: `at most ${describeSize(loader.size)}`,
        actual: describeSize(loaderSize),
        fix: 'give the linux-loader.bin of the Jailhouse release on the target',
        path: ['loader'],
        after: ['loader/format'],
      },
    ),
  ];
}

/** Upstream reads the header as it stands, which old kernels leave empty. */
function checkKernelPlace({ kernel, place }: ArmLayout): Diagnostic[] {
  const { alignment, offset } = place;
  if ((kernel.start - offset) % alignment === 0n) return [];
  return [
    failure('placement/kernel', `the kernel would be loaded at ${hex(kernel.start)}`, {
      requested: `${hex(offset)} after a multiple of ${hex(alignment)}`,
      actual: hex(kernel.start),
      symptom: 'a silent hang',
      fix: 'its header has no text_offset, so upstream uses 0: use `placement: exact`',
      path: KERNEL,
    }),
  ];
}

/** CONFIG_AUTO_ZRELADDR: the unpacked kernel goes to the start of the unit that the zImage runs in. */
function checkRamStart({ kernel, place }: ArmLayout, ram: readonly AddressRange[]): Diagnostic[] {
  if (place.ramUnit === null) return [];
  const start = kernel.start - (kernel.start % place.ramUnit);
  if (ram.some((range) => holds(range, start))) return [];
  return [
    {
      code: 'placement/ram-start',
      severity: 'warning',
      after: ['kernel/auto-zreladdr'],
      message: `a kernel below Linux 5.12 unpacks itself to ${hex(start)}, where the cell has no RAM`,
      requested: `RAM that starts at a multiple of ${describeSize(place.ramUnit)}`,
      actual: ram.map(describeRange).join(', '),
      symptom: 'a silent hang, or `Unhandled data write`',
      fix: 'move .virt_start of the RAM there, or use Linux 5.12 or newer, which reads the device tree',
      path: ['cell'],
    },
  ];
}

function checkDtbSize({ params: dtb, place }: ArmLayout): Diagnostic[] {
  if (place.dtbLimit === null || dtb.size <= place.dtbLimit) return [];
  return [
    failure('placement/dtb-size', `the edited device tree has ${describeSize(dtb.size)}`, {
      requested: `at most ${describeSize(place.dtbLimit)}, which is what the kernel maps`,
      actual: describeSize(dtb.size),
      fix: 'give the inmate’s device tree, without the parts of the board that the cell does not have',
      path: ['dtb'],
    }),
  ];
}

/** Whether the kernel can address what it is given before its own page tables are complete. */
function checkReach({ kernel, runArea, params, initrd, place }: ArmLayout): Diagnostic[] {
  const { window, addressLimit } = place;
  const all = [runArea, params, ...(initrd === null ? [] : [initrd])].reduce(span, kernel);
  const start = window === null ? 0n : all.start - (all.start % window.unit);
  const limit = window === null ? addressLimit : start + window.size;
  const end = limit < addressLimit ? limit : addressLimit;
  if (endOf(all) <= end) return [];
  return [
    failure(
      'placement/reach',
      `kernel, device tree and initrd are at ${describeRange(all)}, which the kernel cannot reach`,
      {
        requested: `all of them at ${describeRange(rangeTo(start, end))}`,
        actual: describeRange(all),
        fix: 'give the cell RAM at lower addresses, and close together',
        path: ['cell'],
      },
    ),
  ];
}
