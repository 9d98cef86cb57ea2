import { describeSize } from '../../base/address.ts';
import { contains, describeRange, endOf, type AddressRange } from '../../base/ranges.ts';
import { ramRanges } from '../../formats/cell/memory.ts';
import type { Party } from '../../checks/cell/scene.ts';
import { givenOf, type Machine } from './machine.ts';

// What a kernel prints of its memory and its command line, next to what the config and the bundle say.

/** What the configs say of a line of a kernel. */
export interface Beside {
  sentences: readonly string[];
  /** It does not go with them. */
  differs: boolean;
}

const NOTHING: Beside = { sentences: [], differs: false };
const fits = (sentence: string): Beside => ({ sentences: [sentence], differs: false });
const differs = (sentence: string): Beside => ({ sentences: [sentence], differs: true });

const NOT_THIS =
  'the params on the target are of another config or bundle, or the line is of another Linux (the root cell)';

const rangesText = (ranges: readonly AddressRange[]): string => ranges.map(describeRange).join(', ');

const ramOf = (machine: Machine, owner: Party): readonly AddressRange[] | null => {
  const given = givenOf(machine, owner);
  return given === null ? null : (given.memory ?? ramRanges(given.config));
};

/** An entry of the memory map that a kernel has got. */
export function nameMapEntry(machine: Machine, owner: Party, range: AddressRange): Beside {
  const ram = ramOf(machine, owner);
  if (ram === null) return NOTHING;
  const shown = describeRange(range);
  if (ram.some(({ start, size }) => start === range.start && size === range.size))
    return fits(`${shown} is RAM of ${owner.title}, as it should be`);
  const around = ram.find((each) => contains(each, range));
  return around === undefined
    ? differs(
        `${shown} is not in the RAM of ${owner.title}, which is ${rangesText(ram) || 'none'}: ${NOT_THIS}`,
      )
    : fits(`${shown} is a part of the RAM ${describeRange(around)} of ${owner.title}`);
}

const KIB = 1024n;
/** Less than this share of the RAM (in percent) is more than a kernel and firmware holes leave out. */
const MOST = 90n;

/** How much RAM a kernel counts. */
export function nameMemory(machine: Machine, owner: Party, totalKib: bigint): Beside {
  const ram = ramOf(machine, owner);
  if (ram === null) return NOTHING;
  const all = ram.reduce((sum, { size }) => sum + size, 0n);
  const total = totalKib * KIB;
  const start = `the kernel counts ${describeSize(total)} of RAM, and ${owner.title} has ${describeSize(all)}`;
  if (total > all) return differs(`${start}: ${NOT_THIS}`);
  if (total * 100n >= all * MOST) return fits(start);
  return differs(
    `${start} (${rangesText(ram)}): a part of it did not reach the kernel's memory map, or mem= on its command line cuts it`,
  );
}

/** Where a kernel found its initrd. */
export function nameInitrd(machine: Machine, owner: Party, range: AddressRange): Beside {
  const initrd = givenOf(machine, owner)?.loaded?.find(({ name }) => name === 'the initrd');
  if (initrd === undefined) return NOTHING;
  const [found, loaded] = [describeRange(range), describeRange(initrd.range)];
  if (range.start !== initrd.range.start)
    return differs(
      `the kernel looks for its initrd at ${found}, and the bundle loads it to ${loaded}: ${NOT_THIS}`,
    );
  // Kernels round it up to whole pages.
  return endOf(range) >= endOf(initrd.range)
    ? fits(`the initrd is where the bundle loads it (${loaded})`)
    : differs(`the kernel sees ${found} of the initrd only, and the bundle loads ${loaded}: ${NOT_THIS}`);
}

const wordsOf = (line: string): string[] => line.split(/\s+/).filter((word) => word !== '');

/** What one has that the other has not, each as often as it comes. */
function without(words: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const word of others) left.set(word, (left.get(word) ?? 0) + 1);
  return words.filter((word) => {
    const count = left.get(word) ?? 0;
    if (count > 0) left.set(word, count - 1);
    return count === 0;
  });
}

/** The command line that a kernel has got. */
export function nameCmdline(machine: Machine, owner: Party, line: string): Beside {
  const planned = givenOf(machine, owner)?.cmdline ?? null;
  if (planned === null) return NOTHING;
  const [got, wanted] = [wordsOf(line), wordsOf(planned)];
  const [missing, added] = [without(wanted, got), without(got, wanted)];
  if (missing.length === 0 && added.length === 0)
    return fits(`it is the command line of the bundle of ${owner.title}`);
  const parts = [
    ...(missing.length === 0 ? [] : [`lacks "${missing.join(' ')}"`]),
    ...(added.length === 0 ? [] : [`has "${added.join(' ')}" besides`]),
  ];
  return differs(
    `compared with the command line of the bundle of ${owner.title}, it ${parts.join(' and ')}: CONFIG_CMDLINE of the kernel changes it, the line is cut, or ${NOT_THIS}`,
  );
}
