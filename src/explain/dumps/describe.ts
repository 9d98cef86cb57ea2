import { armFacts } from './arm-facts.ts';
import type { DumpFact } from './fact.ts';
import type { Dump } from './read.ts';
import { x86Facts, type X86Exit } from './x86-facts.ts';

/** What the line before a dump says of the exit. */
export interface DumpCause {
  exit: X86Exit | null;
  /** The exception in the hypervisor itself. */
  vector: number | null;
}

function cutFacts({ cut }: Dump): DumpFact[] {
  if (cut.length === 0) return [];
  const names = cut.map((name) => name.toUpperCase());
  return [
    {
      about: 'cut',
      text: `${names.join(', ')} ${cut.length === 1 ? 'was' : 'were'} cut off or mixed with other output, so ${cut.length === 1 ? 'its value is' : 'their values are'} not known`,
    },
  ];
}

/** What a dump shows, in the order in which one asks. */
export const dumpFacts = (dump: Dump, { exit, vector }: DumpCause): DumpFact[] => [
  ...(dump.kind === 'x86' ? x86Facts(dump, exit, vector) : armFacts(dump)),
  ...cutFacts(dump),
];
