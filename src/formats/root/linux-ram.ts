import type { Architecture } from '../../base/choices.ts';
import { endOf, intersection, joined, rangeTo, without, type AddressRange } from '../../base/ranges.ts';
import { boardRam, reservedMemory } from './board.ts';
import { rootCmdline, type RootFacts } from './facts.ts';
import { systemRam } from './iomem.ts';
import { parseMemoryWords, type MemoryWords } from './memory-words.ts';

/** More than any machine has. */
export const ALL_MEMORY: AddressRange = { start: 0n, size: 1n << 64n };

/** The first `size` bytes of RAM, counted from `from` on. */
function firstBytes(ram: readonly AddressRange[], size: bigint, from: bigint): AddressRange[] {
  let left = size;
  return joined(ram).flatMap((whole) => {
    const range = intersection(whole, rangeTo(from, endOf(ALL_MEMORY)));
    if (range === null || left === 0n) return [];
    const kept = range.size < left ? range.size : left;
    left -= kept;
    return [{ start: range.start, size: kept }];
  });
}

/**
 * `mem=`: an address on x86; elsewhere the bytes of RAM, from the lowest on, or on 32-bit arm from where the word says.
 *
 * @see Linux, early_mem() in arch/arm/kernel/setup.c and arch/arm64/mm/init.c, parse_memopt() in arch/x86/kernel/e820.c
 */
function limited(
  ram: readonly AddressRange[],
  { size, start }: NonNullable<MemoryWords['limit']>,
  architecture: Architecture,
): AddressRange[] {
  if (architecture === 'x86') return without(ram, [rangeTo(size, endOf(ALL_MEMORY))]);
  return firstBytes(ram, size, architecture === 'arm' ? (start ?? 0n) : 0n);
}

/** RAM before the command line and the reservations; `null` where nothing tells. */
function wholeRam(
  { iomem, board }: RootFacts,
  otherwise: readonly AddressRange[] | null,
): readonly AddressRange[] | null {
  if (iomem) return systemRam(iomem);
  const ofBoard = board ? boardRam(board) : [];
  return ofBoard.length > 0 ? ofBoard : otherwise;
}

/**
 * What the root cell's Linux uses as RAM, ascending: by its /proc/iomem, or else by its board, less what its command
 * line and the board's reservations keep from it.
 *
 * @param otherwise the machine's RAM where neither iomem nor board tell; `null`: unknown, as is the result then
 */
export function linuxRam(
  facts: RootFacts,
  architecture: Architecture,
  otherwise: readonly AddressRange[] | null,
): AddressRange[] | null {
  const whole = wholeRam(facts, otherwise);
  if (whole === null) return null;
  const words = parseMemoryWords(rootCmdline(facts) ?? '');
  // memmap= is a word of x86 alone.
  const isPc = architecture === 'x86';
  const firmware = isPc && words.isExact ? [] : whole;
  const kept = words.limit ? limited(firmware, words.limit, architecture) : firmware;
  const unmapped = facts.board ? reservedMemory(facts.board).filter(({ isUnmapped }) => isUnmapped) : [];
  return without(joined([...kept, ...(isPc ? words.added : [])]), [
    ...(isPc ? words.reserved : []),
    ...unmapped.map(({ range }) => range),
  ]);
}
