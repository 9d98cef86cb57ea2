import type { Architecture } from '../base/choices.ts';
import { printable } from '../base/text.ts';
import { checkReading } from '../checks/cell/check.ts';
import { parseCellConfig } from '../formats/cell/config.ts';
import { parseSystemConfig } from '../formats/cell/system.ts';
import type { Versioned } from '../formats/cell/layout-ids.ts';
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
 * @param layout of configs, whatever the file shows
 * @throws InputError if it is damaged, as the kind's parser does
 */
export async function describeFile(
  kind: Exclude<FileKind, 'bundle'>,
  file: Uint8Array,
  architecture?: Architecture,
  layout?: Versioned,
): Promise<Description> {
  switch (kind) {
    case 'cell': {
      const config = parseCellConfig(file, layout);
      return described(describeCell(config, architecture), cellLines, checkReading(config));
    }
    case 'system': {
      const config = parseSystemConfig(file, architecture, layout);
      return described(describeSystem(config, architecture), systemLines, checkReading(config));
    }
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
