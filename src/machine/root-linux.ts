import { alignUp, PAGE_SIZE } from '../base/address.ts';
import { endOf, joined, rangeTo, type AddressRange } from '../base/ranges.ts';
import { systemRam, type IomemEntry } from '../formats/root/iomem.ts';
import { parseMemoryWords } from '../formats/root/memory-words.ts';
import type { Architecture } from '../base/choices.ts';
import { without } from './root-ram.ts';
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

/** RAM that the words of a command line leave to Linux; `null` where they say nothing of it. */
function limitedRam(
  cmdline: string,
  architecture: Architecture,
  regions: readonly AddressRange[],
): AddressRange[] | null {
  const { limit, reserved, added } = parseMemoryWords(cmdline);
  if (limit === null && reserved.length === 0) return null;
  const all = joined(regions);
  // x86 takes mem= as an address; others count the memory itself, from the lowest on.
  const lowest = limit?.start ?? (architecture === 'x86' ? 0n : (all[0]?.start ?? 0n));
  let left = limit?.size ?? null;
  const kept = all.flatMap((range): AddressRange[] => {
    if (left === null) return [range];
    if (architecture === 'x86')
      return range.start < left ? [rangeTo(range.start, min(endOf(range), left))] : [];
    if (endOf(range) <= lowest) return [];
    const from = range.start > lowest ? range.start : lowest;
    const size = min(endOf(range) - from, left);
    left -= size;
    return size > 0n ? [{ start: from, size }] : [];
  });
  return without(joined([...kept, ...added]), joined(reserved));
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** What the root cell's Linux uses, by its /proc/iomem or else by its command line. */
export function rootLinux({ facts, system }: MachineState, regions: readonly AddressRange[]): RootLinux {
  const { iomem, cmdline } = facts;
  if (iomem !== null) {
    return {
      uses: joined(systemRam(iomem)),
      keeps: joined(keptIn(iomem, false)),
      source: '/proc/iomem of the root cell’s Linux',
    };
  }
  const uses = cmdline === null ? null : limitedRam(cmdline, system.architecture, regions);
  return { uses, keeps: [], source: 'the root cell’s command line' };
}
