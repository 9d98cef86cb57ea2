import { printable } from '../base/text.ts';
import type { DescribedBundle } from './bundle.ts';
import { bundleLines } from './bundle-text.ts';
import { armKernelLines } from './arm-kernel-text.ts';
import type { DescribedArmKernel } from './arm-kernel.ts';
import { describeCell, type DescribedCell } from './cell.ts';
import { cellLines } from './cell-text.ts';
import { describeDtb, type DescribedDtb } from './dtb.ts';
import { dtbLines } from './dtb-text.ts';
import { describeKernel, type DescribedKernel } from './kernel.ts';
import { kernelLines } from './kernel-text.ts';
import { vmlinuxLines } from './vmlinux-text.ts';
import type { DescribedVmlinux } from './vmlinux.ts';
import type { Architecture } from '../base/choices.ts';
import type { FileKind } from './kind.ts';
import { describeParams, type DescribedParams } from './params.ts';
import { paramsLines } from './params-text.ts';
import { describeSystem, type DescribedSystem } from './system.ts';
import { systemLines } from './system-text.ts';

export type Description =
  | DescribedCell
  | DescribedSystem
  | DescribedKernel
  | DescribedArmKernel
  | DescribedVmlinux
  | DescribedParams
  | DescribedDtb
  | DescribedBundle;

const DESCRIBERS = {
  cell: describeCell,
  system: describeSystem,
  kernel: describeKernel,
  dtb: describeDtb,
  params: describeParams,
} as const;

/**
 * Says what is in a file, as plain data: addresses are bigint or hex texts, records keep their names in the headers of
 * Jailhouse and Linux.
 *
 * @param file the whole file
 * @param architecture of configs that do not name it
 * @throws InputError if it is damaged, as the kind's parser does
 */
export async function describeFile(
  kind: Exclude<FileKind, 'bundle'>,
  file: Uint8Array,
  architecture?: Architecture,
): Promise<Description> {
  return DESCRIBERS[kind](file, architecture);
}

function linesOf(description: Description): string[] {
  switch (description.kind) {
    case 'cell':
      return cellLines(description);
    case 'system':
      return systemLines(description);
    case 'bzImage':
      return kernelLines(description);
    case 'Image':
    case 'zImage':
      return armKernelLines(description);
    case 'vmlinux':
      return vmlinuxLines(description);
    case 'dtb':
      return dtbLines(description);
    case 'params':
      return paramsLines(description);
    case 'bundle':
      return bundleLines(description);
  }
}

/** A description for people; nothing in it can control a terminal. */
export const describeInText = (description: Description): string =>
  linesOf(description).map(printable).join('\n');
