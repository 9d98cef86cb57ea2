import { Composer } from 'yaml';
import type { Document } from 'yaml';
import { checkCharacters, unifyLineEnds } from './characters.ts';
import { problem } from './problem.ts';
import type { Problem } from './problem.ts';
import type { SourceRange } from './source.ts';
import { syntaxProblems } from './syntax.ts';
import { tokenize } from './tokens.ts';
import { readTree } from './tree.ts';
import type { Tree } from './tree.ts';

/** A manifest is some kilobytes; what is larger is another kind of file. */
const LONGEST = 1 << 20;

/** YAML text as plain data, with the place of each key and value. */
interface YamlText extends Tree {
  problems: Problem[];
  /** False: the text is not YAML, so `data` says nothing. */
  readable: boolean;
}

const unreadable = (problems: Problem[], length: number): YamlText => ({
  data: undefined,
  problems,
  readable: false,
  holes: [],
  valueRange: () => ({ start: 0, end: length }),
  keyRange: () => null,
  numberText: () => null,
});

/** @param original the file's text; offsets in the result are offsets in it */
export function parseYaml(original: string): YamlText {
  if (original.length > LONGEST) {
    const message = `the manifest has ${original.length} characters; at most ${LONGEST} are read`;
    const refused = problem('too-large', { start: 0, end: 1 }, message, 'is this the right file?');
    return unreadable([refused], original.length);
  }
  const foreign = checkCharacters(original);
  if (foreign) return unreadable([foreign], original.length);

  const { text, originalOffset } = unifyLineEnds(original);
  const place = ({ start, end }: SourceRange): SourceRange => ({
    start: Math.min(originalOffset(start), original.length),
    end: Math.min(originalOffset(end), original.length),
  });
  const { tokens, refused } = tokenize(text);
  if (refused) return unreadable([{ ...refused, range: place(refused.range) }], original.length);

  // `uniqueKeys` compares each key with each other one; the tree's own check does not.
  const composer = new Composer({
    prettyErrors: false,
    schema: 'core',
    uniqueKeys: false,
    resolveKnownTags: false,
    logLevel: 'silent',
  });
  const documents = [...composer.compose(tokens, true, text.length)];
  const [document, second] = documents as [Document.Parsed, Document.Parsed?];
  const syntax = syntaxProblems(document, text, place);
  if (second) {
    const { start } = place({ start: second.range[0], end: second.range[0] });
    const message = 'the file holds more than one YAML document';
    syntax.push(
      problem('yaml', { start, end: start }, message, 'a manifest is one document: one file for each cell'),
    );
  }
  if (syntax.length > 0) return unreadable(syntax, original.length);

  const problems: Problem[] = [];
  const tree = readTree(document, place, problems);
  return { ...tree, problems, readable: true };
}
