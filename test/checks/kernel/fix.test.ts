import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KconfigAssignment } from '../../../src/base/diagnostic.ts';
import { checkKernel, judgeKernel } from '../../../src/checks/kernel/check.ts';
import { RULES } from '../../../src/checks/kernel/rules/index.ts';
import { GOOD_CONFIG, makeCellEvidence, makeEvidence } from '../../helpers/kernel-evidence.ts';
import { RULE_CASES } from '../../helpers/rule-cases/index.ts';
import { cellWith, cellWithShmem } from '../../helpers/rule-cases/hardware.ts';
import type { Change } from '../../helpers/rule-cases/case.ts';
import { oneIn } from '../../helpers/runs.ts';

const SEED = 3;

const lineOf = ({ symbol, value }: KconfigAssignment): string => {
  if (value === 'n') return `# CONFIG_${symbol} is not set`;
  return `CONFIG_${symbol}=${/^(?:[ym]|-?\d+|0x[0-9a-f]+)$/i.test(value) ? value : JSON.stringify(value)}`;
};

/** The change with the config mended, if it has one. */
const mended = (change: Change, fixSymbols: readonly KconfigAssignment[]): Change => ({
  ...change,
  config: `${(change.config as string | undefined) ?? GOOD_CONFIG}\n${fixSymbols.map(lineOf).join('\n')}\n`,
});

/** Findings whose fix, put into the config, leaves them standing. */
function unmended(change: Change): string[] {
  return checkKernel(makeEvidence(change)).flatMap(({ code, fixSymbols }) => {
    if (fixSymbols === undefined) return [];
    const after = checkKernel(makeEvidence(mended(change, fixSymbols)));
    return after.some((finding) => finding.code === code) ? [code] : [];
  });
}

describe('what a finding names as its fix', () => {
  it.each(RULES)('fixes $id', ({ id, wanted }) => {
    const changes = RULE_CASES[id]!.breaks.filter(({ config }) => typeof config !== 'object');
    const found = changes.map((change) => ({
      change,
      fixSymbols: checkKernel(makeEvidence(change)).find(({ code }) => code === id)?.fixSymbols,
    }));
    if ('symbol' in wanted) expect(found.every(({ fixSymbols }) => fixSymbols !== undefined)).toBe(true);
    for (const { change, fixSymbols } of found) {
      if (fixSymbols === undefined) continue;
      expect(fixSymbols.every(({ symbol }) => !symbol.startsWith('CONFIG_'))).toBe(true);
      expect(unmended(change), JSON.stringify(change.config)).not.toContain(id);
    }
  });

  const symbols = [
    ...new Set(
      RULES.flatMap(({ wanted }) => ('judge' in wanted ? wanted.symbols : [wanted.symbol].flat())).concat([
        'ARM',
        'ARM64',
        'X86',
        'TTY',
        'CMDLINE_BOOL',
      ]),
    ),
  ];
  const value = fc.oneof(
    fc.constantFrom('y', 'm', 'n', '0', '1', '4', '0x1000000', '0x3000000', '""', '"console=ttyS1"', '-1'),
    fc.nat({ max: 64 }).map(String),
  );
  const config = fc
    .array(fc.tuple(fc.constantFrom(...symbols), value), { maxLength: 40 })
    .map((lines) =>
      ['CONFIG_HZ=250', ...lines.map(([symbol, text]) => `CONFIG_${symbol}=${text}`)].join('\n'),
    );
  const change = fc.record<Change>({
    config,
    profile: fc.constantFrom('strict', 'mainline'),
    architecture: fc.constantFrom('x86', 'arm64', 'arm'),
    cmdline: fc.constantFrom(null, '', 'console=ttyS0', 'console=jailhouse mce=off', 'console=ttyS3 nokaslr'),
    cell: fc.constantFrom(
      null,
      makeCellEvidence(),
      cellWith({ cpus: [1, 2, 3], ram: 1n << 25n }),
      cellWithShmem(0, 1, 0x8001, 0x8003),
    ),
    initrd: fc.constantFrom<Change['initrd'][]>(null, 'none'),
    image: fc.constantFrom<Change['image'][]>(null, makeEvidence().image),
  });

  it('mends any config, and no config makes a judge fall over', () => {
    fc.assert(
      fc.property(change, (each) => {
        expect(unmended(each)).toEqual([]);
        const ids = new Set<string>(RULES.map(({ id }) => id));
        const { findings, unjudged } = judgeKernel(makeEvidence(each));
        // A rule is told once, and not beside the word that it was not judged.
        const told = findings.map(({ code }) => code).filter((code) => ids.has(code));
        expect(new Set(told).size).toBe(told.length);
        expect(told.filter((code) => unjudged.has(code) && code !== 'kernel/config-not-own')).toEqual([]);
      }),
      { numRuns: oneIn(10), seed: SEED },
    );
  });
});
