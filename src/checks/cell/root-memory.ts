import { joined, type AddressRange } from '../../base/ranges.ts';
import type { Architecture } from '../../base/choices.ts';
import { boardRam } from '../../formats/root/board.ts';
import { rootCmdline, type RootFacts } from '../../formats/root/facts.ts';
import { ALL_MEMORY, linuxRam } from '../../formats/root/linux-ram.ts';
import { parseMemoryWords } from '../../formats/root/memory-words.ts';

/** What the root cell's Linux uses as RAM, as far as the facts tell; `null` where they do not. */
export const usedByLinux = (facts: RootFacts, architecture: Architecture): AddressRange[] | null =>
  // On a PC nothing else than the command line keeps a range from Linux.
  linuxRam(facts, architecture, architecture === 'x86' && rootCmdline(facts) !== null ? [ALL_MEMORY] : null);

/** What the machine has at all; `null` where nothing tells. */
export function presentMemory(facts: RootFacts, architecture: Architecture): AddressRange[] | null {
  const { board, iomem } = facts;
  const cmdline = rootCmdline(facts);
  if (board && boardRam(board).length > 0) return joined(boardRam(board));
  // With mem= the rest is not in the list.
  if (architecture !== 'x86' || !iomem || cmdline === null || parseMemoryWords(cmdline).limit) return null;
  return joined(iomem.map(({ range }) => range));
}
