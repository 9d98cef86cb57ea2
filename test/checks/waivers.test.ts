import { describe, expect, it } from 'vitest';
import { type FindingCode, WAIVABLE_CODES } from '../../src/base/codes.ts';
import { hasErrors, type Diagnostic } from '../../src/base/diagnostic.ts';
import { applyWaivers } from '../../src/checks/waivers.ts';
import type { Waiver } from '../../src/manifest/types.ts';

const TODAY = '2027-06-30';
const finding = (code: FindingCode, severity: Diagnostic['severity'] = 'error'): Diagnostic => ({
  code,
  severity,
  message: 'broken',
});
const waive = (rule: string, until: string | null = null): Waiver => ({ rule, reason: 'we know', until });

/** Codes with the reason of a waiver, or with the place of a fault. */
const apply = (findings: Diagnostic[], waivers: Waiver[]) =>
  applyWaivers(findings, waivers, TODAY).map(({ code, severity, waived, path }) => [
    code,
    waived?.reason ?? severity,
    ...(path ? [path] : []),
  ]);

describe('applyWaivers', () => {
  it('marks the findings of a rule, and nothing else', () => {
    const findings = [finding('kernel/serio', 'warning'), finding('kernel/64bit')];
    const result = applyWaivers(findings, [waive('kernel/serio', '2027-12-31')], TODAY);
    expect(result).toEqual([
      { ...findings[0], waived: { reason: 'we know', until: '2027-12-31' } },
      findings[1],
    ]);
    expect(findings[0]).not.toHaveProperty('waived');
  });

  it.each(['kernel/config-missing', 'project/CONFIG_PREEMPT_RT'] as const)('takes %s', (rule) => {
    const result = applyWaivers([finding(rule)], [waive(rule)], TODAY);
    expect(hasErrors(result)).toBe(false);
    expect(result).toHaveLength(1);
  });

  it('holds until the end of its last day', () => {
    const findings = [finding('kernel/serio')];
    expect(apply(findings, [waive('kernel/serio', TODAY)])).toEqual([['kernel/serio', 'we know']]);
    expect(apply(findings, [waive('kernel/serio', '2027-06-29')])).toEqual([
      ['kernel/serio', 'error'],
      ['waiver/expired', 'error', ['checks', 'waive', 0]],
    ]);
  });

  it('tells of an expired waiver even if nothing is broken', () => {
    expect(apply([], [waive('kernel/serio', '2026-01-01')])).toEqual([
      ['waiver/expired', 'error', ['checks', 'waive', 0]],
    ]);
  });

  it('warns about one that nothing needs', () => {
    expect(apply([finding('kernel/64bit')], [waive('kernel/serio')])).toEqual([
      ['kernel/64bit', 'error'],
      ['waiver/unused', 'warning', ['checks', 'waive', 0]],
    ]);
  });

  it.each([
    ['kernel/seroi', "did you mean 'kernel/serio'?"],
    ['serio', 'a finding shows its id; docs/reference/codes.md lists them all'],
    ['project/PREEMPT_RT', "did you mean 'project/CONFIG_PREEMPT_RT'?"],
  ])('knows no rule %s', (rule, fix) => {
    const result = applyWaivers([finding('project/CONFIG_PREEMPT_RT')], [waive(rule)], TODAY);
    expect(result[0]).not.toHaveProperty('waived');
    expect(result[1]).toEqual({
      code: 'waiver/unknown-rule',
      severity: 'error',
      message: `there is no rule '${rule}'`,
      fix,
      path: ['checks', 'waive', 0],
    });
  });

  it.each<[FindingCode, string]>([
    ['placement/initrd', 'a cell with such a layout does not boot'],
    ['system/revision', 'Jailhouse refuses such a cell'],
    ['cell/truncated', 'only what rules find can be'],
    ['kernel/config-duplicate', 'only what rules find can be'],
    ['input/unreadable', 'only what rules find can be'],
    ['waiver/expired', 'only what rules find can be'],
  ])('does not waive %s, which is found', (code, because) => {
    expect(applyWaivers([finding(code)], [waive(code)], TODAY)).toMatchObject([
      { code, severity: 'error' },
      {
        code: 'waiver/not-waivable',
        message: `'${code}' cannot be waived: ${because}`,
        path: ['checks', 'waive', 0],
      },
    ]);
  });

  it.each(WAIVABLE_CODES)('accepts %s', (code) => {
    expect(apply([finding(code)], [waive(code)])).toEqual([[code, 'we know']]);
  });

  it('counts the first of two waivers that holds', () => {
    const waivers = [
      waive('kernel/serio', '2027-01-01'),
      waive('kernel/serio', TODAY),
      waive('kernel/serio'),
    ];
    const result = applyWaivers([finding('kernel/serio')], waivers, TODAY);
    expect(result[0]!.waived).toEqual({ reason: 'we know', until: TODAY });
    expect(result.slice(1)).toMatchObject([
      { code: 'waiver/expired', path: ['checks', 'waive', 0] },
      {
        code: 'waiver/unused',
        message: "'kernel/serio' is already waived by an earlier entry",
        path: ['checks', 'waive', 2],
      },
    ]);
  });
});
