import type { KernelConfig } from '../../../formats/kernel/kconfig.ts';
import { evaluate, formatExpression, type Truth } from './expression.ts';
import type { Expression, KconfigLink, KconfigLinks } from './link.ts';

/** One line of a fragment that a symbol's value needs. */
export interface Consequence {
  symbol: string;
  /** As a `.config` shows it. */
  value: string;
  /** `these select SERIO`; `null` for what was asked for. */
  because: string | null;
}

/** What it takes to give a symbol a value; or why it cannot have it. */
export type Settlement = { settled: Consequence[] } | { refused: string };

interface Decision extends Consequence {
  /** Follows from other decisions: kconfig does not let it be set. */
  implied: boolean;
}

/** Gives why it cannot be. */
type Attempt = () => string | null;

const isConstant = (expression: Expression): boolean =>
  expression === 'y' || expression === 'm' || expression === 'n';

/**
 * Decides what else must be set so that kconfig keeps a value: the symbols that select one that shall be off, the
 * dependencies of one that shall be on, and what lets them be set at all. Decisions add up, and none contradicts an
 * earlier one.
 *
 * @param config what is set now; without it, or where it is but a part, every governing symbol that is known is named
 */
export function createGovernor(
  links: KconfigLinks,
  config: KernelConfig | null,
): { settle: (symbol: string, value: string) => Settlement } {
  let decisions = new Map<string, Decision>();
  // Only what kconfig wrote itself has all symbols, and a comment with the version on top.
  const isWhole = config?.version != null;

  function presentValue(symbol: string): string | null {
    const value = config?.symbols.get(symbol);
    if (value) return value.type === 'number' ? value.text : value.value;
    return isWhole ? 'n' : null;
  }
  const valueOf = (symbol: string): string | null => decisions.get(symbol)?.value ?? presentValue(symbol);
  const truthOf = (expression: Expression): Truth => evaluate(expression, valueOf);

  function attempt(run: Attempt): string | null {
    const before = new Map(decisions);
    const refused = run();
    if (refused !== null) decisions = before;
    return refused;
  }

  function decide(symbol: string, value: string, because: string | null, link?: KconfigLink): void {
    decisions.set(symbol, { symbol, value, because, implied: link?.prompt === 'n' });
  }

  const first = (attempts: Iterable<Attempt>): string | null => {
    let refused: string | null = null;
    for (const each of attempts) {
      const why = attempt(each);
      if (why === null) return null;
      refused ??= why;
    }
    return refused;
  };

  const all = (attempts: readonly Attempt[]): string | null => {
    for (const each of attempts) {
      const refused = each();
      if (refused !== null) return refused;
    }
    return null;
  };

  /** @param fully a module is not enough */
  function satisfy(expression: Expression, because: string, fully: boolean): string | null {
    const now = truthOf(expression);
    if (now === 'y' || (now === 'm' && !fully)) return null;
    if (isConstant(expression)) return `nothing turns on what is needed (${because})`;
    if (typeof expression === 'string') return turnOn(expression, 'y', because);
    const [kind, ...parts] = expression;
    const attempts = (): Attempt[] =>
      (parts as Expression[]).map((part) => () => satisfy(part, because, fully));
    switch (kind) {
      case 'not':
        return refute(expression[1], because);
      case 'and':
        return all(attempts());
      case 'or':
        return first(attempts());
      case 'equal':
        return expression[2] === 'n'
          ? turnOff(expression[1], because)
          : turnOn(expression[1], expression[2], because);
      case 'unequal':
        return expression[2] === 'n'
          ? turnOn(expression[1], 'y', because)
          : `${expression[1]} is ${expression[2]}`;
    }
  }

  function refute(expression: Expression, because: string): string | null {
    if (truthOf(expression) === 'n') return null;
    if (isConstant(expression)) return `nothing turns it off (${because})`;
    if (typeof expression === 'string') return turnOff(expression, because);
    const [kind, ...parts] = expression;
    const attempts = (): Attempt[] => (parts as Expression[]).map((part) => () => refute(part, because));
    switch (kind) {
      case 'not':
        return satisfy(expression[1], because, true);
      case 'and':
        // What is narrower stands last: turned off, it costs least.
        return first(attempts().toReversed());
      case 'or':
        return all(attempts());
      case 'equal':
        return satisfy(['unequal', expression[1], expression[2]], because, true);
      case 'unequal':
        return satisfy(['equal', expression[1], expression[2]], because, true);
    }
  }

  const contradicts = (symbol: string, value: string, earlier: Decision): string =>
    `${symbol}=${value} contradicts ${symbol}=${earlier.value}${earlier.because === null ? '' : ` (${earlier.because})`}`;

  /** A symbol that cannot be set follows what it is derived from. */
  function turnOnIndirectly(symbol: string, link: KconfigLink): string | null {
    const because = `${symbol} follows these`;
    const ways: Attempt[] = (link.defaults ?? []).map((each) => () => satisfy(each, because, false));
    const selectors = Object.entries(link.selectedBy ?? {});
    if (selectors.length === 1) {
      const [name, when] = selectors[0]!;
      ways.push(() => turnOn(name, 'y', because) ?? satisfy(when, because, false));
    }
    // Not known to be off, it may well be on: what has no prompt is no choice of this config.
    if (valueOf(symbol) === null) return null;
    return ways.length > 0 ? first(ways) : `${symbol} cannot be set, and more than one symbol selects it`;
  }

  function turnOn(symbol: string, value: string, because: string | null): string | null {
    const earlier = decisions.get(symbol);
    if (earlier) return earlier.value === value ? null : contradicts(symbol, value, earlier);
    if (because !== null && valueOf(symbol) === value) return null;
    const link = links[symbol];
    if (link?.prompt === 'n') {
      const refused = turnOnIndirectly(symbol, link);
      if (refused === null) decide(symbol, value, because, link);
      return refused;
    }
    decide(symbol, value, because, link);
    for (const other of link?.choice ?? []) {
      if (valueOf(other) === 'y') decide(other, 'n', `${symbol} takes the place of these`);
    }
    const isModular = link?.type === 'tristate' && value === 'y';
    return (
      satisfy(link?.prompt ?? 'y', `${symbol} can be set with these only`, false) ??
      satisfy(link?.depends ?? 'y', `${symbol} depends on these`, isModular)
    );
  }

  function turnOffSelectors(symbol: string, link: KconfigLink): string | null {
    for (const [name, when] of Object.entries(link.selectedBy ?? {})) {
      if (valueOf(name) === 'n' || truthOf(when) === 'n') continue;
      const refused = turnOff(name, `these select ${symbol}`);
      if (refused !== null) return refused;
    }
    return null;
  }

  /** A symbol that cannot be set is off where none of its defaults applies. */
  function refuteDefaults(symbol: string, link: KconfigLink): string | null {
    const because = `${symbol} follows these`;
    return all((link.defaults ?? []).map((each) => () => refute(each, because)));
  }

  function turnOff(symbol: string, because: string | null): string | null {
    const earlier = decisions.get(symbol);
    if (earlier) return earlier.value === 'n' ? null : contradicts(symbol, 'n', earlier);
    if (because !== null && valueOf(symbol) === 'n') return null;
    const link = links[symbol];
    decide(symbol, 'n', because, link);
    if (!link) return null;
    const refused = turnOffSelectors(symbol, link);
    if (refused !== null) return refused;
    if (link.prompt === 'n') {
      return refuteDefaults(symbol, link);
    }
    const settable = satisfy(link.prompt ?? 'y', `${symbol} can be set with these only`, false);
    if (settable !== null || !link.choice || link.choice.some((other) => valueOf(other) === 'y'))
      return settable;
    return first(
      link.choice.map((other) => () => turnOn(other, 'y', `one of these takes the place of ${symbol}`)),
    );
  }

  /** Whatever was decided to be on must still be possible. */
  function findBroken(): string | null {
    for (const { symbol, value, because, implied } of decisions.values()) {
      const depends = value === 'n' || implied ? undefined : links[symbol]?.depends;
      if (depends !== undefined && truthOf(depends) === 'n') {
        return `${symbol}=${value}${because === null ? '' : ` (${because})`} needs ${formatExpression(depends)}`;
      }
    }
    return null;
  }

  return {
    settle(symbol, value) {
      const before = new Set(decisions.keys());
      const refused = attempt(
        () => (value === 'n' ? turnOff(symbol, null) : turnOn(symbol, value, null)) ?? findBroken(),
      );
      if (refused !== null) return { refused };
      const settled = [...decisions.values()].filter(
        ({ symbol, value, because, implied }) =>
          !before.has(symbol) && (!implied || because === null) && presentValue(symbol) !== value,
      );
      return { settled: settled.map(({ symbol, value, because }) => ({ symbol, value, because })) };
    },
  };
}
