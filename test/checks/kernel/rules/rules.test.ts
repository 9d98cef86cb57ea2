import { describe, expect, it } from 'vitest';
import { checkKernel } from '../../../../src/checks/kernel/check.ts';
import type { Profile } from '../../../../src/base/choices.ts';
import { RULES } from '../../../../src/checks/kernel/rules/index.ts';
import { makeCellEvidence, makeEvidence, makeKernel } from '../../../helpers/kernel-evidence.ts';
import { RULE_CASES } from '../../../helpers/rule-cases/index.ts';
import { withUarts } from '../../../helpers/rule-cases/uarts.ts';
import { NO_CONFIG, ofVersion, type Change } from '../../../helpers/rule-cases/case.ts';

const findings = (id: string, change: Change = {}) =>
  checkKernel(makeEvidence(change)).filter(({ code }) => code === id);

describe('the rule table', () => {
  it('has a case for each rule, and no case without one', () => {
    expect(Object.keys(RULE_CASES).toSorted()).toEqual(RULES.map(({ id }) => id).toSorted());
    for (const { breaks, satisfies } of Object.values(RULE_CASES)) {
      expect(Math.min(breaks.length, satisfies.length)).toBeGreaterThan(0);
    }
  });

  it.each(RULES)('says all that a report needs: $id', (rule) => {
    expect(rule.id).toMatch(/^(?:kernel|cmdline|initrd)\/[a-z0-9-]+$/);
    for (const text of [rule.reason, rule.symptom, rule.fix, rule.source]) {
      expect(text).toMatch(/^\S[^\n]*[^\s.]$/);
    }
  });

  it.each(RULES)('finds what breaks $id', ({ id, symptom }) => {
    for (const change of RULE_CASES[id]!.breaks) {
      const found = findings(id, change);
      expect(found, JSON.stringify(change?.cmdline)).toHaveLength(1);
      expect(found[0]).toMatchObject({
        symptom,
        fix: expect.stringMatching(/^\S[^\n]*[^\s.]$/) as string,
      });
      expect(found[0]!.requested).not.toBe(found[0]!.actual);
    }
  });

  it.each(RULES)('is content with what satisfies $id', ({ id }) => {
    for (const change of RULE_CASES[id]!.satisfies) expect(findings(id, change)).toEqual([]);
  });

  it.each(RULES)('gives $id its severity for the profile and the version', ({ id }) => {
    const { breaks, mainline, severity = 'error', elsewhere } = RULE_CASES[id]!;
    const severityOf = (profile: Profile, change: Change) =>
      findings(id, { ...change, profile })[0]!.severity;
    const first = breaks[0]!;
    expect(severityOf('strict', first)).toBe(severity);
    if (mainline) {
      expect(severityOf('mainline', ofVersion(mainline.error, first))).toBe('error');
      expect(severityOf('mainline', ofVersion(mainline.warning, first))).toBe('warning');
      expect(severityOf('strict', ofVersion(mainline.warning, first))).toBe('error');
    } else {
      expect(severityOf('mainline', first)).toBe(severity);
    }
    if (elsewhere) {
      expect(severityOf('strict', elsewhere.change)).toBe(elsewhere.severity);
      expect(severityOf('mainline', elsewhere.change)).toBe(elsewhere.severity);
    }
  });

  it('only warns where nothing tells the word size', () => {
    const [finding] = findings('kernel/64bit', {
      image: makeKernel({ protocol: 0x20b }).image,
      config: NO_CONFIG,
    });
    expect(finding).toMatchObject({ severity: 'warning', actual: 'unknown' });
  });
});

describe('kernel/runtime-uarts in the mainline profile', () => {
  const more: Change = { profile: 'mainline', config: withUarts(4) };
  it.each<[string, Change, boolean]>([
    ['takes more UARTs where the kernel is told which it owns', ofVersion('5.5', more), true],
    ['takes none without a console there', ofVersion('6.1', { ...more, cmdline: '' }), true],
    ['wants enough of them all the same', ofVersion('6.1', { ...more, cmdline: 'console=ttyS4' }), false],
    ['wants the exact number before Linux 5.5', ofVersion('5.4', more), false],
    [
      'wants it under a release that does not tell',
      ofVersion('6.1', { ...more, cell: makeCellEvidence({ uartFlags: false }) }),
      false,
    ],
    ['goes by the config where there is no image', { ...more, image: null }, true],
    [
      'wants it for an unknown version',
      { ...more, ...ofVersion('unknown'), config: withUarts(4).replace(/^#.*/, '') },
      false,
    ],
  ])('%s', (_, change, isFine) => {
    expect(findings('kernel/runtime-uarts', change)).toHaveLength(isFine ? 0 : 1);
  });
});
