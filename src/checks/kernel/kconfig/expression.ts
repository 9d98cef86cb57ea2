import type { Expression } from './link.ts';

/** Kconfig's values of conditions; `null` is not known. */
export type Truth = 'y' | 'm' | 'n' | null;

const NEGATED = { y: 'n', m: 'm', n: 'y' } as const;

const isTruth = (text: string): text is 'y' | 'm' | 'n' => text === 'y' || text === 'm' || text === 'n';

/** The least of several values for `y`, the greatest for `n`; where one settles it, the others need not be known. */
function extreme(values: readonly Truth[], neutral: 'y' | 'n'): Truth {
  const settling = NEGATED[neutral];
  if (values.includes(settling)) return settling;
  if (values.includes(null)) return null;
  return values.includes('m') ? 'm' : neutral;
}

/** @param valueOf a symbol's value as a `.config` shows it, texts without quotes; `null`: not known */
export function evaluate(expression: Expression, valueOf: (symbol: string) => string | null): Truth {
  if (typeof expression === 'string') {
    const value = isTruth(expression) ? expression : valueOf(expression);
    return value === null || isTruth(value) ? value : 'n';
  }
  switch (expression[0]) {
    case 'not': {
      const value = evaluate(expression[1], valueOf);
      return value && NEGATED[value];
    }
    case 'and':
    case 'or': {
      const [kind, ...parts] = expression;
      return extreme(
        parts.map((part) => evaluate(part, valueOf)),
        kind === 'and' ? 'y' : 'n',
      );
    }
    case 'equal':
    case 'unequal': {
      const [kind, symbol, wanted] = expression;
      const value = valueOf(symbol);
      return value === null ? null : (value === wanted) === (kind === 'equal') ? 'y' : 'n';
    }
  }
}

/** As a Kconfig file has it. */
export function formatExpression(expression: Expression): string {
  if (typeof expression === 'string') return expression;
  const inner = (part: Expression): string =>
    typeof part === 'string' || part[0] === 'not' ? formatExpression(part) : `(${formatExpression(part)})`;
  switch (expression[0]) {
    case 'not':
      return `!${inner(expression[1])}`;
    case 'and':
    case 'or': {
      const [kind, ...parts] = expression;
      return parts.map(inner).join(kind === 'and' ? ' && ' : ' || ');
    }
    case 'equal':
      return `${expression[1]} = ${expression[2]}`;
    case 'unequal':
      return `${expression[1]} != ${expression[2]}`;
  }
}
