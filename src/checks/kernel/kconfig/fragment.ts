import { type Architecture, SEVERITIES } from '../../../base/choices.ts';
import type { Diagnostic, KconfigAssignment } from '../../../base/diagnostic.ts';
import type { KernelConfig } from '../../../formats/kernel/kconfig.ts';
import { printable } from '../../../base/text.ts';
import { createGovernor, type Consequence } from './solver.ts';
import type { KconfigLink } from './link.ts';
import { KCONFIG_LINKS, KCONFIG_LINKS_VERSION } from './table.ts';

const HEADER = `# Kconfig fragment that fixes what was found in a kernel config.
# In the kernel's build folder, with FILE for the name of this file:
#   scripts/kconfig/merge_config.sh -m .config FILE && make olddefconfig
# The dependencies of the symbols are those of Linux ${KCONFIG_LINKS_VERSION}; other versions can differ, so check the new config again.
`;
const NOTHING = '\n# There is nothing to fix.\n';

const rank = ({ severity }: Diagnostic): number => SEVERITIES.indexOf(severity);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** merge_config.sh takes any mention of a `CONFIG_` name for a setting, in comments too. */
const comment = (text: string): string => `# ${printable(text).replaceAll('CONFIG_', '')}`;

const NUMBER = /^(?:-?\d+|0[xX][0-9a-fA-F]+)$/;

function settingLine({ symbol, value }: KconfigAssignment, link: KconfigLink | undefined): string {
  const isText = link ? link.type === 'string' : !/^[ymn]$/.test(value) && !NUMBER.test(value);
  if (isText) return `CONFIG_${symbol}="${value.replaceAll(/["\\]/g, '\\$&')}"`;
  return value === 'n' ? `# CONFIG_${symbol} is not set` : `CONFIG_${symbol}=${value}`;
}

/** One value of one symbol, and the findings that want it, the most severe first. */
interface Want extends KconfigAssignment {
  findings: Diagnostic[];
}

function wantsOf(findings: readonly Diagnostic[]): Want[] {
  const wants = new Map<string, Want>();
  const open = findings.filter(({ waived }) => !waived);
  for (const finding of open.toSorted((a, b) => rank(a) - rank(b) || compare(a.code, b.code))) {
    for (const { symbol, value } of finding.fixSymbols ?? []) {
      const key = `${symbol}=${value}`;
      const want = wants.get(key) ?? { symbol, value, findings: [] };
      if (!want.findings.includes(finding)) want.findings.push(finding);
      wants.set(key, want);
    }
  }
  return [...wants.values()];
}

/** What stands below one heading. */
interface Block {
  reasons: Set<string>;
  settled: Consequence[];
  refused: string[];
}

function blockText({ reasons, settled, refused }: Block, lineOf: (each: Consequence) => string): string {
  const groups = new Map<string, Consequence[]>();
  for (const each of settled.toSorted((a, b) => compare(a.symbol, b.symbol))) {
    const group = each.because ?? '';
    groups.set(group, [...(groups.get(group) ?? []), each]);
  }
  const lines = [...groups]
    .toSorted(([a], [b]) => compare(a, b))
    .flatMap(([because, group]) => [
      ...(because === '' ? [] : [comment(`${because}:`)]),
      ...group.map(lineOf),
    ]);
  return [...reasons, ...lines, ...refused.toSorted(compare)].map((line) => `${line}\n`).join('');
}

/**
 * A Kconfig fragment for the kernel's merge_config.sh that fixes the findings which a config can fix and nobody
 * waived, with the symbols that govern theirs. Where two findings want what excludes each other, the more severe one
 * gets it; that, and what kconfig has no way to do, stands there as a comment.
 *
 * @param config the config that the fragment is for; without it every governing symbol that is known is named
 */
export function fixFragment(
  findings: readonly Diagnostic[],
  config: KernelConfig | null,
  architecture: Architecture,
): string {
  const links = KCONFIG_LINKS[architecture];
  const governor = createGovernor(links, config);
  const blocks = new Map<string, Block>();
  for (const { symbol, value, findings: wanting } of wantsOf(findings)) {
    const codes = wanting.map(({ code }) => code).join(', ');
    const block = blocks.get(codes) ?? { reasons: new Set(), settled: [], refused: [] };
    blocks.set(codes, block);
    for (const { code, message } of wanting) block.reasons.add(comment(`${code}: ${message}`));
    const settlement = governor.settle(symbol, value);
    if ('settled' in settlement) block.settled.push(...settlement.settled);
    else block.refused.push(comment(`${symbol}=${value} is left out: ${settlement.refused}`));
  }
  if (blocks.size === 0) return HEADER + NOTHING;
  const lineOf = (each: Consequence): string => settingLine(each, links[each.symbol]);
  const texts = [...blocks]
    .toSorted(([a], [b]) => compare(a, b))
    .map(([, block]) => blockText(block, lineOf));
  return `${HEADER}\n${texts.join('\n')}`;
}
