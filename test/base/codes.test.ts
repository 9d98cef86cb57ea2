import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FINDING_CODES, WAIVABLE_CODES, type FindingCode } from '../../src/base/codes.ts';
import { failure, InputError, type Diagnostic } from '../../src/base/diagnostic.ts';
import type { CellRule } from '../../src/checks/cell/rule.ts';
import { CELL_RULES } from '../../src/checks/cell/rules/index.ts';
import type { Rule } from '../../src/checks/kernel/rule.ts';
import { RULES } from '../../src/checks/kernel/rules/index.ts';
import { TREE_RULES } from '../../src/placement/arm/tree-checks/rules.ts';
import type { LogKind } from '../../src/explain/kind.ts';
import { problem as yamlProblem } from '../../src/formats/yaml/problem.ts';
import { problem as manifestProblem } from '../../src/manifest/problem.ts';
import { ROOT } from '../helpers/docs.ts';

const NOWHERE = { start: 0, end: 0 };

describe('the codes', () => {
  it('are none of them given twice', () => {
    expect(new Set(FINDING_CODES).size).toBe(FINDING_CODES.length);
  });

  it('can be waived where a rule finds them, or the config and the initrd are judged', () => {
    const rules = [...RULES, ...CELL_RULES, ...TREE_RULES].map(({ id }) => id);
    const final = new Set<string>(['system/revision', 'system/architecture', 'system/layout']);
    const others = [
      'kernel/config-missing',
      'kernel/config-differs',
      'kernel/config-version',
      'kernel/config-defconfig',
      'loader/format',
    ];
    const waivable = WAIVABLE_CODES.filter((code) => !code.startsWith('initrd/') || rules.includes(code));
    expect(waivable.toSorted()).toEqual([...rules.filter((id) => !final.has(id)), ...others].toSorted());
  });

  it('are all in use', () => {
    const src = path.join(ROOT, 'src');
    const texts = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter(
        (name) =>
          name.endsWith('.ts') && name !== 'base/codes.ts' && !/^explain\/(?:kinds\/|trace)/.test(name),
      )
      .map((name) => readFileSync(path.join(src, name), 'utf8'));
    // Helpers put these areas in front of the rest.
    const isPrefixed = /^(?:manifest|description|rules|convert|params|machine|wish)\//;
    const isUsed = (code: string): boolean => {
      const literals = [`'${code}'`, ...(isPrefixed.test(code) ? [`'${code.replace(isPrefixed, '')}'`] : [])];
      return texts.some((text) => literals.some((literal) => text.includes(literal)));
    };
    expect(FINDING_CODES.filter((code) => !isUsed(code))).toEqual([]);
  });

  /** Each expectation is one for the compiler: without the mistake, `npx tsc` would say that it is not needed. */
  it('do not compile with a mistake in them', () => {
    const right: FindingCode[] = ['kernel/serio', 'project/preempt-rt', 'cell/cpu-0'];
    // @ts-expect-error
    const wrong: FindingCode = 'kernel/seroi';
    // @ts-expect-error
    const diagnostic: Diagnostic['code'] = 'kernel/seroi';
    // @ts-expect-error
    const rule: Rule['id'] = 'kernel/format';
    // @ts-expect-error
    const cellRule: CellRule['id'] = 'cell/cpu-1';
    // @ts-expect-error
    const reference: LogKind['rules'] = ['placement/no-memory'];
    const made = [
      // @ts-expect-error
      failure('kernel/seroi', ''),
      // @ts-expect-error
      new InputError('kernel/seroi', '').diagnostic,
      // @ts-expect-error
      yamlProblem('rules/unknown-kye', NOWHERE, '', ''),
      // @ts-expect-error
      manifestProblem('unknown-kye', NOWHERE, '', ''),
    ];
    const codes: readonly string[] = FINDING_CODES;
    const mistakes = [wrong, diagnostic, cellRule, ...reference, ...made.map(({ code }) => code as string)];
    expect(mistakes.filter((code) => codes.includes(code))).toEqual([]);
    expect(WAIVABLE_CODES).not.toContain(rule);
    expect(right.filter((code) => !codes.includes(code))).toEqual(['project/preempt-rt']);
  });
});
