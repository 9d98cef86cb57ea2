import { printable } from '../printable.ts';
import type { DescribedBundle } from './bundle.ts';
import { bundleLines } from './bundle-text.ts';
import { describeCell, type DescribedCell } from './cell.ts';
import { cellLines } from './cell-text.ts';
import { describeKernel, type DescribedKernel } from './kernel.ts';
import { kernelLines } from './kernel-text.ts';
import type { FileKind } from './kind.ts';
import { describeParams, type DescribedParams } from './params.ts';
import { paramsLines } from './params-text.ts';
import { describeSystem, type DescribedSystem } from './system.ts';
import { systemLines } from './system-text.ts';

export type Description =
  DescribedCell | DescribedSystem | DescribedKernel | DescribedParams | DescribedBundle;

const DESCRIBERS = {
  cell: describeCell,
  system: describeSystem,
  bzImage: describeKernel,
  params: describeParams,
} as const;

/**
 * Says what is in a file, as plain data: addresses are bigint or hex texts, records keep their names in the headers of
 * Jailhouse and Linux.
 *
 * @param file the whole file
 * @throws InputError if it is damaged, as the kind's parser does
 */
export async function describeFile(
  kind: Exclude<FileKind, 'bundle'>,
  file: Uint8Array,
): Promise<Description> {
  return DESCRIBERS[kind](file);
}

function linesOf(description: Description): string[] {
  switch (description.kind) {
    case 'cell':
      return cellLines(description);
    case 'system':
      return systemLines(description);
    case 'bzImage':
      return kernelLines(description);
    case 'params':
      return paramsLines(description);
    case 'bundle':
      return bundleLines(description);
  }
}

/** A description for people; nothing in it can control a terminal. */
export const describeInText = (description: Description): string =>
  linesOf(description).map(printable).join('\n');
