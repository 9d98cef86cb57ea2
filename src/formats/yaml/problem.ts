import type { FindingCode, YamlFault } from '../../base/codes.ts';
import type { Diagnostic, ManifestPath } from '../../base/diagnostic.ts';
import type { SourceRange } from './source.ts';

/** A {@link Diagnostic} whose place in the text is known. */
export type Problem<Code extends string = FindingCode> = Omit<Diagnostic, 'code'> & {
  code: Code;
  range: SourceRange;
};

/** One of any YAML file: the file's kind puts its area in front of the code. */
export type YamlProblem = Problem<YamlFault>;

export function problem<Code extends FindingCode | YamlFault>(
  code: Code,
  range: SourceRange,
  message: string,
  fix: string | undefined,
  path?: ManifestPath,
): Problem<Code> {
  return {
    code,
    severity: 'error',
    message,
    ...(fix === undefined ? {} : { fix }),
    ...(path === undefined ? {} : { path }),
    range: { start: range.start, end: range.end },
  };
}

/** What a terminal would act on, or what would turn the writing direction or break the line. */
const UNSEEN = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/** Something from the text as it may stand in a message: on one line, shortened, nothing hidden in it. */
export function shown(text: string, longest = 60): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return cut.replace(UNSEEN, (character) => {
    const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
    return short ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

export const quoted = (text: string): string => `\`${shown(text)}\``;

/** A path as people say it: `checks.waive[0].until`. */
export const pathText = (path: ManifestPath): string =>
  path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
