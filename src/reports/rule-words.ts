import { describeSize } from '../base/address.ts';
import { SMALL_MEMORY } from '../checks/kernel/cell-traits.ts';
import type { CellTrait, Rule, RuleSeverity } from '../checks/kernel/rule.ts';

const TRAITS: Readonly<Record<CellTrait, string>> = {
  'several-cpus': 'if the cell has several CPUs',
  'pci-devices': 'if the cell has PCI devices',
  ivshmem: 'if the cell has ivshmem devices',
  'ivshmem-net': 'if an ivshmem device of the cell has the protocol VETH',
  'ivshmem-uio': 'if an ivshmem device of the cell has the protocol UNDEFINED',
  'ivshmem-virtio': 'if an ivshmem device of the cell has the protocol VIRTIO_FRONT',
  'x2apic-forced': 'if the system config asks for x2APIC',
  'small-memory': `if the cell has less than ${describeSize(SMALL_MEMORY)} of RAM`,
};

const NEEDED_BY = {
  pci: 'if the cmdline puts the console or the root file system on a PCI or ivshmem device',
} as const;

function severity(level: RuleSeverity): string {
  if (typeof level === 'string') return level;
  if ('cell' in level) return `${level.severity} ${TRAITS[level.cell]}, else ${level.otherwise}`;
  if ('needed' in level) return `${level.severity} ${NEEDED_BY[level.needed]}, else ${level.otherwise}`;
  return `${level.newer} from Linux ${level.since} on, ${level.older} before and for unknown versions`;
}

/** What its findings are, by profile where that makes a difference. */
export function severities({ strict, mainline }: Rule['severity']): string {
  const [one, other] = [severity(strict), severity(mainline)];
  return one === other ? one : `strict: ${one}; mainline: ${other}`;
}

const symbolsOf = ({ wanted }: Rule): readonly string[] =>
  'judge' in wanted ? wanted.symbols : [wanted.symbol].flat();

export const joinedBy = (texts: readonly string[], word: string): string =>
  texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} ${word} ${texts.at(-1)}`;

/** What must hold. */
export function requirement(rule: Rule): string {
  const { wanted } = rule;
  const symbols = symbolsOf(rule).map((symbol) => `\`CONFIG_${symbol}\``);
  if ('judge' in wanted) {
    const withoutConfig = wanted.needs.includes('config') ? '' : '; also judged without a kernel config';
    const words = wanted.words ?? `${joinedBy(symbols, 'and') || 'the drivers of its devices'}, see below`;
    return `${words}${withoutConfig}`;
  }
  const values = [wanted.value].flat().map((value) => (value === 'n' ? 'not set' : `\`=${value}\``));
  const orCmdline = wanted.orCmdline === undefined ? '' : `; or \`${wanted.orCmdline}\` on the command line`;
  const each = symbols.length > 1 ? ', each' : '';
  return `${joinedBy(symbols, 'and')}${each} ${joinedBy(values, 'or')}${orCmdline}`.replace(/` `=/g, '=');
}

/** Where it is looked at. */
export function applies({ when }: Rule): string {
  const { architecture, kernel, cmdline, cell, initrd } = when;
  return [
    architecture.join(', '),
    ...(kernel?.from === undefined ? [] : [`from Linux ${kernel.from} on`]),
    ...(kernel?.before === undefined ? [] : [`before Linux ${kernel.before}`]),
    ...(cmdline === undefined ? [] : [`with \`${cmdline}\` on the command line`]),
    ...(cell === undefined ? [] : [TRAITS[cell]]),
    ...(initrd ? ['if there is an initrd'] : []),
  ].join('; ');
}
