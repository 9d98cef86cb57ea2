import { PAGE_SIZE } from '../../base/address.ts';
import { describeNumbers } from '../../base/runs.ts';
import type { NamedFlags } from './names.ts';

/** What an implausible value belongs to. */
export type Subject =
  | 'name'
  | 'root header'
  | 'hypervisor memory'
  | 'PCI host'
  | 'cell flags'
  | 'CPUs'
  | 'counts'
  | 'memory'
  | 'alignment'
  | 'cache'
  | 'irqchips'
  | 'ports'
  | 'PCI'
  | 'reference'
  | 'console'
  | 'header';

/** A value that no known config has. */
export interface Oddity {
  subject: Subject;
  /** `memory regions 2 and 3 end above 2^52`. */
  text: string;
}

export const isOffPage = (address: bigint): boolean => address % PAGE_SIZE !== 0n;

/** One oddity for all entries of a list that share it. */
export function oddEntries<T>(
  subject: Subject,
  [singular, plural]: readonly [string, string],
  items: readonly T[] | undefined,
  isOdd: (item: T) => boolean,
  [is, are]: readonly [string, string],
): Oddity[] {
  const found = (items ?? []).flatMap((item, index) => (isOdd(item) ? [index] : []));
  if (found.length === 0) return [];
  const who = `${found.length === 1 ? singular : plural} ${describeNumbers(found)}`;
  return [{ subject, text: `${who} ${found.length === 1 ? is : are}` }];
}

export const has = (what: string): readonly [string, string] => [`has ${what}`, `have ${what}`];

export const unknownBits = (flags: NamedFlags): boolean => flags.unknown !== 0n;
