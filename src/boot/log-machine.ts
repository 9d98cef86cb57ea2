import { withDetails, type DetailedExplanation } from '../explain/details.ts';
import { explainLog } from '../explain/explain.ts';
import { knownMachine, type Loaded } from '../explain/resolve/machine.ts';
import { looksLikeDtb, parseDtb } from '../formats/dtb/parse.ts';
import type { BoxImage, BoxSubject } from './types.ts';

const NAMES: Readonly<Record<BoxImage['role'], string>> = {
  loader: 'the loader',
  kernel: 'the kernel',
  initrd: 'the initrd',
  params: 'the params',
  arguments: 'the arguments of the loader',
};

const loadedOf = ({ load }: BoxSubject): Loaded[] =>
  load.map(({ role, address, size }) => ({
    name: NAMES[role],
    range: { start: address, size: BigInt(size) },
  }));

/** What is known of the lines that ended a cell: its configs and what was loaded say what they are about. */
export function explainDeath(subject: BoxSubject, lines: readonly string[]): readonly DetailedExplanation[] {
  const { cell, system, params } = subject;
  const tree = looksLikeDtb(params) ? parseDtb(params) : null;
  const given = { config: cell, tree, loaded: loadedOf(subject), memory: null, cmdline: null, findings: [] };
  const machine = knownMachine({ system, cells: [given], facts: null });
  return withDetails(explainLog(lines.join('\n')), machine).explanations;
}
