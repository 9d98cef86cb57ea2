import { alignUp, PAGE_SIZE } from '../base/address.ts';
import { endOf, joined, rangeTo, type AddressRange } from '../base/ranges.ts';
import type { IomemEntry } from '../formats/root/iomem.ts';
import { linuxRam } from '../formats/root/linux-ram.ts';
import type { MachineState } from './request.ts';

/** What is known of the memory that the root cell's Linux uses. */
export interface RootLinux {
  /** What it uses as RAM, ascending; `null`: nobody said. */
  uses: readonly AddressRange[] | null;
  /** What of that it cannot give away: its kernel, and what firmware and crash kernels have. */
  keeps: readonly AddressRange[];
  /** What said so. */
  source: string;
}

/** Names of /proc/iomem below System RAM of what no `mem=` moves (Linux, arch setup code). */
const KEPT = /^(?:Kernel |Crash kernel|reserved$)/i;

const keptIn = (entries: readonly IomemEntry[], isRam: boolean): AddressRange[] =>
  entries.flatMap(({ range, name, children }) =>
    isRam && KEPT.test(name) ? [pages(range)] : keptIn(children, isRam || name === 'System RAM'),
  );

/** Linux gives memory away in whole pages. */
const pages = (range: AddressRange): AddressRange =>
  rangeTo(range.start & -PAGE_SIZE, alignUp(endOf(range), PAGE_SIZE));

/**
 * What the root cell's Linux uses, by its /proc/iomem or else by its command line; the board alone does not tell.
 *
 * @param regions the machine's RAM by the root cell's config, for a board whose device tree does not list it
 */
export function rootLinux({ facts, system }: MachineState, regions: readonly AddressRange[]): RootLinux {
  const { iomem, cmdline } = facts;
  const isTold = iomem !== null || cmdline !== null;
  return {
    uses: isTold ? linuxRam(facts, system.architecture, regions) : null,
    keeps: iomem === null ? [] : joined(keptIn(iomem, false)),
    source: iomem === null ? 'the root cell’s command line' : '/proc/iomem of the root cell’s Linux',
  };
}
