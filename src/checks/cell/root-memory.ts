import { endOf, joined, rangeTo, uncovered, type AddressRange } from '../../base/ranges.ts';
import type { Architecture } from '../../base/choices.ts';
import { boardRam, reservedMemory } from '../../formats/root/board.ts';
import type { RootFacts } from '../../formats/root/facts.ts';
import { systemRam } from '../../formats/root/iomem.ts';
import { parseMemoryWords, type MemoryWords } from '../../formats/root/memory-words.ts';

/** More than any machine has. */
const ALL: AddressRange = { start: 0n, size: 1n << 64n };

const without = (ranges: readonly AddressRange[], cuts: readonly AddressRange[]): AddressRange[] =>
  ranges.flatMap((range) => uncovered(range, joined(cuts)));

/** `mem=` is an address on x86; on arm it counts the bytes of RAM, from the lowest on. */
function limited(
  ram: readonly AddressRange[],
  limit: NonNullable<MemoryWords['limit']>,
  architecture: Architecture,
): AddressRange[] {
  if (architecture === 'x86') return without(ram, [rangeTo(limit.size, endOf(ALL))]);
  if (limit.start !== null) return [{ start: limit.start, size: limit.size }];
  let left = limit.size;
  return ram.flatMap(({ start, size }) => {
    const kept = size < left ? size : left;
    left -= kept;
    return kept > 0n ? [{ start, size: kept }] : [];
  });
}

/** RAM before the command line and the reservations; `null` where nothing tells. */
function wholeRam({ iomem, board, cmdline }: RootFacts, architecture: Architecture): AddressRange[] | null {
  if (iomem) return systemRam(iomem);
  const ofBoard = board ? boardRam(board) : [];
  if (ofBoard.length > 0) return joined(ofBoard);
  // On a PC nothing else than the command line keeps a range from Linux.
  return architecture === 'x86' && cmdline !== null ? [ALL] : null;
}

/** What the root cell's Linux uses as RAM, as far as the facts tell; `null` where they do not. */
export function linuxRam(facts: RootFacts, architecture: Architecture): AddressRange[] | null {
  const whole = wholeRam(facts, architecture);
  if (whole === null) return null;
  const words = parseMemoryWords(facts.cmdline ?? '');
  const isPc = architecture === 'x86';
  const start = isPc && words.isExact ? joined(words.added) : whole;
  const kept = words.limit ? limited(start, words.limit, architecture) : start;
  const unmapped = facts.board ? reservedMemory(facts.board).filter(({ isUnmapped }) => isUnmapped) : [];
  return without(kept, [...(isPc ? words.reserved : []), ...unmapped.map(({ range }) => range)]);
}

/** What the machine has at all; `null` where nothing tells. */
export function presentMemory(facts: RootFacts, architecture: Architecture): AddressRange[] | null {
  const { board, iomem, cmdline } = facts;
  if (board && boardRam(board).length > 0) return joined(boardRam(board));
  // With mem= the rest is not in the list.
  if (architecture !== 'x86' || !iomem || cmdline === null || parseMemoryWords(cmdline).limit) return null;
  return joined(iomem.map(({ range }) => range));
}
