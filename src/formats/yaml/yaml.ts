import { Composer } from 'yaml';
import type { Document } from 'yaml';
import type { FindingCode, YamlFault } from '../../base/codes.ts';
import { checkCharacters, unifyLineEnds } from './characters.ts';
import { problem, type Problem, type YamlProblem } from './problem.ts';
import type { SourceRange } from './source.ts';
import { syntaxProblems } from './syntax.ts';
import { tokenize } from './tokens.ts';
import { readTree, type Tree } from './tree.ts';

/** What kind of file the text is, and how large one may be. */
export interface TextKind {
  /** The first part of the problems' codes. */
  area: 'manifest' | 'description' | 'rules';
  /** Characters. */
  longest: number;
  mostTokens: number;
  /** What to do about a second document. */
  oneDocument: string;
}

/** YAML text as plain data, with the place of each key and value. */
export interface YamlText<Code extends string = FindingCode> extends Tree {
  problems: Problem<Code>[];
  /** False: the text is not YAML, so `data` says nothing. */
  readable: boolean;
}

const unreadable = (problems: YamlProblem[], length: number): YamlText<YamlFault> => ({
  data: undefined,
  problems,
  readable: false,
  holes: [],
  valueRange: () => ({ start: 0, end: length }),
  keyRange: () => null,
  numberText: () => null,
});

/** @param original the file's text; offsets in the result are offsets in it */
export function parseYaml(original: string, kind: TextKind): YamlText {
  const yaml = readYaml(original, kind);
  const problems = yaml.problems.map((each) => ({ ...each, code: `${kind.area}/${each.code}` as const }));
  return { ...yaml, problems };
}

function readYaml(original: string, { longest, mostTokens, oneDocument }: TextKind): YamlText<YamlFault> {
  if (original.length > longest) {
    const message = `the file has ${original.length} characters; at most ${longest} are read`;
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
  const { tokens, refused } = tokenize(text, mostTokens);
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
    syntax.push(problem('yaml', { start, end: start }, message, oneDocument));
  }
  if (syntax.length > 0) return unreadable(syntax, original.length);

  const problems: YamlProblem[] = [];
  const tree = readTree(document, place, problems);
  return { ...tree, problems, readable: true };
}
