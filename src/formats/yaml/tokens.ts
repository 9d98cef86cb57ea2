import { Lexer, Parser } from 'yaml';
import type { CST } from 'yaml';
import type { YamlFault } from '../../base/codes.ts';
import { problem, type YamlProblem } from './problem.ts';

/** The composer recurses, and too deep it ends the whole process. Nothing that is read here nests deeper than 7. */
const DEEPEST = 64;

/**
 * The tokens of YAML text, for yaml's Composer; a problem instead, where it would take too long or go too deep.
 *
 * @param most tokens; each may cost some 50 microseconds where it is an error, and a thousand lines have about 10,000
 */
export function tokenize(text: string, most: number): { tokens: CST.Token[]; refused: YamlProblem | null } {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const refuse = (code: YamlFault, message: string) => {
    const range = { start: parser.offset, end: parser.offset };
    return { tokens: [], refused: problem(code, range, message, 'is this the right file?') };
  };
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (++count > most) return refuse('too-large', `the file has more than ${most} YAML tokens`);
    if (parser.stack.length > DEEPEST) {
      return refuse('too-deep', `the file nests lists and maps more than ${DEEPEST} deep`);
    }
  }
  tokens.push(...parser.end());
  return { tokens, refused: null };
}
