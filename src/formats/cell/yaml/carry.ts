import type { ConfigLayout } from '../layouts.ts';
import type { FlagNames } from '../names.ts';
import type { Revision } from '../releases.ts';
import type { Architecture } from '../../../base/choices.ts';
import type { CodeIn } from '../../../base/codes.ts';
import type { Diagnostic, ManifestPath } from '../../../base/diagnostic.ts';
import type { PlainMap } from './plain.ts';

// What a release says in another field, by another name, or not at all, because its code assumes it.

/** Whether the meaning is the same as before. */
export const SAME: CodeIn<'convert'> = 'moved';

export const note = (
  code: CodeIn<'convert'>,
  message: string,
  fix: string,
  path?: ManifestPath,
): Diagnostic => ({
  code: `convert/${code}`,
  severity: code === SAME ? 'info' : 'warning',
  message,
  fix,
  ...(path === undefined ? {} : { path }),
});

/** A config on its way from one layout to another. */
export interface Move {
  /** Its description; it is changed. */
  data: PlainMap;
  source: ConfigLayout;
  from: Revision;
  target: ConfigLayout;
  to: Revision;
  architecture: Architecture;
  notes: Diagnostic[];
}

export const NOTHING_TO_DO = 'nothing is to be done';

export const wordsOf = ({ flags = [] }: PlainMap): string[] => flags as string[];

export function setWords(owner: PlainMap, words: readonly string[]): void {
  if (words.length === 0) delete owner.flags;
  else owner.flags = [...words];
}

export const add = (owner: PlainMap, word: string): void =>
  setWords(owner, [...wordsOf(owner).filter((each) => each !== word), word]);
export const drop = (owner: PlainMap, word: string): void =>
  setWords(
    owner,
    wordsOf(owner).filter((each) => each !== word),
  );
export const has = (owner: PlainMap | undefined, word: string): boolean =>
  owner !== undefined && wordsOf(owner).includes(word);

/** Whether only the source (`lost`), only the target (`new`), or both or none know a name. */
export function known(
  word: string,
  { source, target }: Move,
  table: (layout: ConfigLayout) => FlagNames,
): 'lost' | 'new' | null {
  const [before, after] = [Object.hasOwn(table(source), word), Object.hasOwn(table(target), word)];
  return before === after ? null : before ? 'lost' : 'new';
}
