import type { Architecture } from '../base/choices.ts';
import { printable } from '../base/text.ts';
import { describeCell } from './cell.ts';
import { cellLines } from './cell-text.ts';
import { describeDtb, dtbLines } from './dtb.ts';
import { describeKernel } from './kernel.ts';
import type { FileKind } from './kind.ts';
import { described, type Description } from './layout.ts';
import { describeParams, paramsLines } from './params.ts';
import { describeSystem, systemLines } from './system.ts';

/**
 * Says what is in a file, as plain data and as text.
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
  switch (kind) {
    case 'cell':
      return described(describeCell(file, architecture), cellLines);
    case 'system':
      return described(describeSystem(file, architecture), systemLines);
    case 'kernel':
      return describeKernel(file);
    case 'dtb':
      return described(describeDtb(file), dtbLines);
    case 'params':
      return described(describeParams(file), paramsLines);
  }
}

/** A description for people; nothing in it can control a terminal. */
export const describeInText = (description: Pick<Description, 'lines'>): string =>
  description.lines().map(printable).join('\n');
