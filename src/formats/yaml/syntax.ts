import { isCollection, isScalar, visit } from 'yaml';
import type { Document, Node, YAMLError } from 'yaml';
import { problem, shown, type YamlProblem } from './problem.ts';
import type { SourceRange } from './source.ts';

/** Errors beyond this many follow from the first ones. */
const MOST_ERRORS = 10;

/** The library's error codes that people meet, in words that say what to do. */
const KNOWN: Readonly<Record<string, { message?: string; fix: string }>> = {
  TAB_AS_INDENT: { message: 'a line is indented with a tab', fix: 'indent with blanks' },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a second `: ` in one value, or a line that is indented too far',
    fix: 'put a value with `: ` in quotes; give all keys of a map the same indentation',
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'a key goes over more than one line',
    fix: 'write `: ` after each key',
  },
  MISSING_CHAR: { fix: 'close each quote and bracket' },
  BAD_INDENT: { fix: 'close each bracket; give all keys of a map the same indentation' },
  BAD_SCALAR_START: { fix: 'put the value in quotes' },
  BAD_DQ_ESCAPE: { fix: 'write \\\\ for a backslash, or use single quotes' },
  TAG_RESOLVE_FAILED: {
    message: 'a tag, which has no meaning here',
    fix: 'remove the tag: none is needed',
  },
  BAD_DIRECTIVE: { fix: 'remove the line: directives are not needed' },
  BAD_ALIAS: { fix: 'put a value that begins with & or * in quotes' },
  UNEXPECTED_TOKEN: { fix: 'check the indentation; put a value with quotes or brackets inside in quotes' },
};

const OPENS = /["'[{]/;

/** What is left open ends where the error stands, perhaps lines below; its beginning is the place to look at. */
function openedAt(document: Document, text: string, end: number): number | null {
  let start: number | null = null;
  visit(document, {
    Value: (_, node: Node) => {
      if (!isScalar(node) && !isCollection(node)) return;
      const range = node.range;
      if (range?.[1] === end && OPENS.test(text.charAt(range[0]))) start = range[0];
    },
  });
  return start;
}

function syntaxProblem(error: YAMLError, document: Document, text: string): YamlProblem {
  const [start, end] = error.pos;
  const known = KNOWN[error.code];
  const opened =
    error.code === 'MISSING_CHAR' || error.code === 'BAD_INDENT' ? openedAt(document, text, start) : null;
  if (opened !== null) {
    const message = `this is not valid YAML: ${text.charAt(opened)} is not closed`;
    return problem('yaml', { start: opened, end: opened + 1 }, message, 'close each quote and bracket');
  }
  const said = error.message.split('\n')[0]!;
  const message = known?.message ?? shown(`${said.charAt(0).toLowerCase()}${said.slice(1)}`, 120);
  return problem('yaml', { start, end }, `this is not valid YAML: ${message}`, known?.fix);
}

/** What makes `text` no YAML, in our words: one problem a line, since what follows on the same line follows from it. */
export function syntaxProblems(
  document: Document,
  text: string,
  place: (range: SourceRange) => SourceRange,
): YamlProblem[] {
  const errors = [...document.errors, ...document.warnings].toSorted((a, b) => a.pos[0] - b.pos[0]);
  const found: YamlProblem[] = [];
  let last: number | null = null;
  for (const error of errors) {
    const [start] = error.pos;
    if (last !== null && !text.slice(last, start).includes('\n')) continue;
    last = start;
    const each = syntaxProblem(error, document, text);
    found.push({ ...each, range: place(each.range) });
    if (found.length === MOST_ERRORS) break;
  }
  return found;
}
