import { Lexer, Parser } from 'yaml';
import type { CST } from 'yaml';
import { problem } from './problem.ts';
import type { Problem } from './problem.ts';

/** The composer recurses, and too deep it ends the whole process. Nothing in a manifest nests deeper than 5. */
const DEEPEST = 64;

/** A token may cost some 50 microseconds where it is an error; a manifest of a thousand lines has about 10,000. */
const MOST_TOKENS = 60_000;

/** The tokens of YAML text, for yaml's Composer; a problem instead, where it would take too long or go too deep. */
export function tokenize(text: string): { tokens: CST.Token[]; refused: Problem | null } {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const refuse = (code: string, message: string) => {
    const range = { start: parser.offset, end: parser.offset };
    return { tokens: [], refused: problem(code, range, message, 'is this the right file?') };
  };
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (++count > MOST_TOKENS)
      return refuse('too-large', `the manifest has more than ${MOST_TOKENS} YAML tokens`);
    if (parser.stack.length > DEEPEST) {
      return refuse('too-deep', `the manifest nests lists and maps more than ${DEEPEST} deep`);
    }
  }
  tokens.push(...parser.end());
  return { tokens, refused: null };
}
