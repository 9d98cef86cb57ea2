/** What a bundle is made from, as Make and Ninja read it. */
export interface DepfileRule {
  target: string;
  inputs: readonly string[];
}

/** Neither of the two can be told of such a name in words that the other reads, too: `;`, `*`, `=`, control characters. */
// oxlint-disable-next-line no-control-regex
const UNREADABLE = /[\0-\x1f\x7f"&'*;<=>?^`|]|\\[#$:]|[ \\:]$/;
/** Make takes a rule with one for a pattern; Ninja does not know Make's escape for it. */
const PATTERN = /%/;

/** What keeps a name out of a depfile; `null`: nothing does. */
export const unreadableIn = (name: string, as: 'target' | 'input'): string | null =>
  (UNREADABLE.exec(name) ?? (as === 'target' ? PATTERN.exec(name) : null))?.[0] ?? null;

/** Make drops a backslash before a space; one that is part of the name is doubled there, and only there. */
const escaped = (name: string): string =>
  name
    .replaceAll('$', '$$$$')
    .replaceAll(/[#:]/g, '\\$&')
    .replaceAll(/(\\*) /g, '$1$1\\ ');

/**
 * One rule a bundle, and an empty one for each input: so an input that is gone leads to a build, which tells who names it,
 * and not to Make's `No rule to make target`.
 *
 * @param rules with names that {@link unreadableIn} has nothing against
 */
export function depfileText(rules: readonly DepfileRule[]): string {
  const made = rules.map(({ target, inputs }) =>
    [`${escaped(target)}:`, ...new Set(inputs.map(escaped))].join(' \\\n  '),
  );
  const targets = new Set(rules.map(({ target }) => target));
  const mayBeTarget = (name: string): boolean => !targets.has(name) && unreadableIn(name, 'target') === null;
  const inputs = new Set(rules.flatMap((rule) => rule.inputs).filter(mayBeTarget));
  const empty = [...inputs].map((name) => `${escaped(name)}:`);
  return `${[...made, ...empty].join('\n\n')}\n`;
}
