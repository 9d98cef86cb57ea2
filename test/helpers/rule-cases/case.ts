import type { Severity } from '../../../src/base/choices.ts';
import type { KernelEvidence } from '../../../src/checks/kernel/check.ts';
import { GOOD_CONFIG, makeKernel, type makeEvidence } from '../kernel-evidence.ts';

/** What is changed of a kernel that breaks nothing. */
export type Change = NonNullable<Parameters<typeof makeEvidence>[0]>;

/** How a rule is broken, and how it is satisfied. */
export interface RuleCase {
  breaks: Change[];
  satisfies: Change[];
  /** In both profiles, for the first of `breaks`; an error if it does not say. */
  severity?: Severity;
  /** Versions around the one where the mainline profile changes its mind. */
  mainline?: { error: string; warning: string };
  /** Where the severity is another one. */
  elsewhere?: { change: Change; severity: Severity };
}

export type RuleCases = Record<string, RuleCase>;

export const NO_CONFIG: KernelEvidence['config'] = { source: 'none', why: { kind: 'not-built-in' } };

/** The good config with lines added; the last one of a symbol counts. */
export const withLines = (...lines: string[]): string => `${GOOD_CONFIG}${lines.join('\n')}\n`;

/** The good config without the lines that name a symbol. */
export const without = (...symbols: string[]): string =>
  symbols.reduce(
    (text, symbol) => text.replace(new RegExp(`^(?:# )?CONFIG_${symbol}[= ].*\\n`, 'm'), ''),
    GOOD_CONFIG,
  );

/** The change, for a kernel of another version. */
export const ofVersion = (version: string, change: Change = {}): Change => ({
  ...change,
  image: makeKernel({ version }).image,
});

/** A symbol that must be `y`: off, a module, and not mentioned break it. */
export const mustBeOn = (symbol: string, change: Change = {}): RuleCase => ({
  breaks: [
    { ...change, config: withLines(`# CONFIG_${symbol} is not set`) },
    { ...change, config: withLines(`CONFIG_${symbol}=m`) },
    { ...change, config: without(symbol) },
  ],
  satisfies: [change, { ...change, config: withLines(`CONFIG_${symbol}=y`) }],
});

/** A symbol that must be off. */
export const mustBeOff = (symbol: string, change: Change = {}): RuleCase => ({
  breaks: [{ ...change, config: withLines(`CONFIG_${symbol}=y`) }],
  satisfies: [
    { ...change, config: without(symbol) },
    { ...change, config: withLines(`# CONFIG_${symbol} is not set`) },
  ],
});
