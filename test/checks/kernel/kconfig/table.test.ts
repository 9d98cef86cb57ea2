import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../../../src/base/diagnostic.ts';
import { fixFragment } from '../../../../src/checks/kernel/kconfig/fragment.ts';
import { evaluate, formatExpression } from '../../../../src/checks/kernel/kconfig/expression.ts';
import { KCONFIG_LINKS } from '../../../../src/checks/kernel/kconfig/table.ts';
import { RULES } from '../../../../src/checks/kernel/rules/index.ts';
import type { Architecture } from '../../../../src/base/choices.ts';

const wanting = (symbol: string, value: string): Diagnostic => ({
  code: 'project/x',
  severity: 'error',
  message: 'wrong',
  fixSymbols: [{ symbol, value }],
});

describe('the table', () => {
  const isKnownOn = (architecture: Architecture, symbol: string): boolean =>
    symbol in KCONFIG_LINKS[architecture];

  test('has every symbol that rules want by name, and that judges look at', () => {
    const missing = RULES.flatMap(({ id, when: { architecture }, wanted }) => {
      if ('judge' in wanted) {
        return wanted.symbols
          .filter((symbol) => !architecture.some((each) => isKnownOn(each, symbol)))
          .map((symbol) => `${id} ${symbol}`);
      }
      const symbols = [wanted.symbol, ...(wanted.with ?? []).map(({ symbol }) => symbol)].flat();
      return architecture.flatMap((each) =>
        symbols.filter((symbol) => !isKnownOn(each, symbol)).map((symbol) => `${id} ${each} ${symbol}`),
      );
    });
    expect(missing).toEqual([]);
  });

  const entries = Object.values(KCONFIG_LINKS).flatMap((links) => Object.entries(links));

  test('each symbol alone can be asked for either way, in any architecture, without an endless search', () => {
    for (const architecture of ['x86', 'arm64', 'arm'] as const) {
      for (const [symbol, { type }] of Object.entries(KCONFIG_LINKS[architecture])) {
        for (const value of type === 'bool' || type === 'tristate' ? ['y', 'n'] : ['1']) {
          const text = fixFragment([wanting(symbol, value)], null, architecture);
          expect(text).toMatch(/^(?:#.*|CONFIG_\w+=.*|)(?:\n(?:#.*|CONFIG_\w+=.*|))*\n$/);
        }
      }
    }
  });

  test('has no symbol that mentions itself as its own dependency', () => {
    expect(entries.filter(([name, { selectedBy }]) => selectedBy && name in selectedBy)).toEqual([]);
  });
});

test('expressions are evaluated as kconfig does, with what is not known', () => {
  const values: Record<string, string> = { A: 'y', B: 'm', C: 'n', T: '' };
  const valueOf = (name: string): string | null => values[name] ?? null;
  expect(evaluate(['and', 'A', 'B'], valueOf)).toBe('m');
  expect(evaluate(['or', 'B', 'C'], valueOf)).toBe('m');
  expect(evaluate(['not', 'B'], valueOf)).toBe('m');
  expect(evaluate(['and', 'C', 'X'], valueOf)).toBe('n');
  expect(evaluate(['or', 'A', 'X'], valueOf)).toBe('y');
  expect(evaluate(['and', 'A', 'X'], valueOf)).toBeNull();
  expect(evaluate(['not', 'X'], valueOf)).toBeNull();
  expect(evaluate(['equal', 'B', 'y'], valueOf)).toBe('n');
  expect(evaluate(['unequal', 'T', ''], valueOf)).toBe('n');
  expect(evaluate('T', valueOf)).toBe('n');
  expect(formatExpression(['and', 'A', ['not', ['or', 'B', ['unequal', 'T', 'y']]]])).toBe(
    'A && !(B || (T != y))',
  );
});
