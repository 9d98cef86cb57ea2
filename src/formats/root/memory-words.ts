import type { AddressRange } from '../../base/ranges.ts';
import { parseCmdline } from '../kernel/cmdline.ts';

/** What a kernel's command line says of its memory: `mem=`, `memmap=`, `vmalloc=`. */
export interface MemoryWords {
  /** The last `mem=`: a size, and where it starts if the word says so (arm). `null` without one. */
  limit: { size: bigint; start: bigint | null } | null;
  /** `memmap=SIZE$START`, `#` and `!`: what Linux must not use as RAM. */
  reserved: readonly AddressRange[];
  /** `memmap=SIZE@START`: what Linux is told to use as RAM. */
  added: readonly AddressRange[];
  /** `memmap=exactmap`: the firmware's memory map does not count. */
  isExact: boolean;
  /** `vmalloc=`, in bytes. */
  vmalloc: bigint | null;
  /** Words that say nothing to Linux, or something else than was meant: a `$` that GRUB replaced. */
  unreadable: readonly string[];
}

const NUMBER = /^(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))([kKmMgGtTpPeE]?)/;
const UNITS = 'KMGTPE';

/** A number as Linux' memparse() reads it, and what follows it; `null` where there is none. */
export function readNumber(text: string): { value: bigint; rest: string } | null {
  const match = NUMBER.exec(text);
  if (match === null) return null;
  const [all, hexDigits, octal, decimal, unit = ''] = match;
  const digits = hexDigits === undefined ? (octal === undefined ? decimal! : `0o${octal}`) : `0x${hexDigits}`;
  const shift = unit === '' ? 0 : 10 * (UNITS.indexOf(unit.toUpperCase()) + 1);
  return { value: BigInt(digits) << BigInt(shift), rest: text.slice(all.length) };
}

/** `SIZE`, or `SIZE<mark>START`; `null` for anything else. */
function readExtent(text: string): { size: bigint; mark: string; start: bigint } | null {
  const size = readNumber(text);
  if (size === null) return null;
  if (size.rest === '') return { size: size.value, mark: '', start: 0n };
  const start = readNumber(size.rest.slice(1));
  return start?.rest === '' ? { size: size.value, mark: size.rest[0]!, start: start.value } : null;
}

/** GRUB's files write the `$` as `\$` or `\\\$`. */
const withoutEscapes = (cmdline: string): string => cmdline.replaceAll(/\\+\$/g, '$');

/**
 * Reads the words about memory of the root cell's command line, in the spelling of /proc/cmdline or of GRUB's files.
 *
 * @see Linux, Documentation/admin-guide/kernel-parameters.txt; arch/x86/kernel/e820.c
 */
export function parseMemoryWords(cmdline: string): MemoryWords {
  let limit: MemoryWords['limit'] = null;
  let vmalloc: bigint | null = null;
  let isExact = false;
  const reserved: AddressRange[] = [];
  const added: AddressRange[] = [];
  const unreadable: string[] = [];
  for (const { name, value } of parseCmdline(withoutEscapes(cmdline)).parameters) {
    if (value === null || !['mem', 'memmap', 'vmalloc'].includes(name)) continue;
    if (name === 'mem' && value === 'nopentium') continue;
    for (const part of name === 'memmap' ? value.split(',') : [value]) {
      if (name === 'memmap' && part === 'exactmap') {
        isExact = true;
        continue;
      }
      const extent = readExtent(part);
      const range = extent && { start: extent.start, size: extent.size };
      if (name === 'vmalloc' && extent?.mark === '') vmalloc = extent.size;
      else if (name === 'mem' && (extent?.mark === '' || extent?.mark === '@')) {
        limit = { size: extent.size, start: extent.mark === '' ? null : extent.start };
      } else if (name === 'memmap' && extent?.mark === '') limit = { size: extent.size, start: null };
      else if (name === 'memmap' && extent?.mark === '@') added.push(range!);
      else if (name === 'memmap' && extent !== null && '$#!'.includes(extent.mark)) reserved.push(range!);
      else if (!/^[^%]+%/.test(part)) unreadable.push(`${name}=${part}`);
    }
  }
  return { limit, reserved, added, isExact, vmalloc, unreadable };
}
