// Finds words of an old voice in what users read: the texts in src, the README, the pages, the integrations, the example project.
// `--pages`: only what is written by hand, and the help; no message in src, and no page section made from them.
// Exceptions are in scripts/check-words.allowed.json; one that is not needed any more is an error, too.
import { readdirSync, readFileSync, statSync } from 'node:fs';

/** What is not to be found, and what to say instead. */
const WORN = [
  // A key of JSON and a file are called so, too.
  [/(?<![`"/])\bmend(?:s|ed|ing|able)?\b/gi, 'fix'],
  [/\bhints?\b|\bremed(?:y|ies)\b/gi, 'fix'],
  // A device is behind its IOMMU, and `initrd/behind-lz4` is a code.
  [/(?<!\/)\bbehind\b(?! (?:an?|the|one|which|its) [IS]MMU)/gi, 'after'],
  [/\bstands?\b|\bstood\b/gi, 'is; is for'],
  [/\btold\b|\btells?\b|\btelling\b/gi, 'reported; says, gives, shows'],
  [/(?<!\bthere )\b(?:is|are|was|were) no (?!longer\b|more\b|less\b)/gi, 'is not a'],
  [/(?<!\bthere )\b(?:is|are|was|were) none\b/gi, 'is not one'],
  [/\bnobody\b|\bsomebody\b/gi, 'not given, not waived; someone'],
  [/\bshall\b/gi, 'must, will, should'],
  [/\bmay not\b/gi, 'must not; might not'],
  [/\bspeaks?\b|\bspoken\b|\bspoke\b/gi, 'uses; is about; reports'],
  [/\bfor want of\b/gi, 'without'],
  [/(?<!\bto )\bwant(?:s|ed|ing)?\b(?!=)/gi, 'needs, requires, requested'],
  [/\blies?\b|\blying\b/gi, 'is'],
  [/(?:^|[.:;] )what (?:is|was|does) not\b/gim, 'a plain sentence'],
  [/\bheld against\b|\bin vain\b|\bwithout a word\b|\bwithout word of\b/gi, 'a plain sentence'],
  [/\bbad input stays\b|\bof this century\b|\bwitness(?:es)?\b/gi, 'a plain sentence'],
  [/\b(?:is|are|be|as) said\b/gi, 'is described; see'],
  [/\bsays? of (?:it|them)sel(?:f|ves)\b/gi, 'what is in it'],
  [/\bmake(?:s)? (?:no )?sense\b/gi, 'is invalid'],
  [/(?<!\/)\bpromises?\b(?!<)/gi, 'says'],
  [/\bbeside\b/gi, 'next to; in addition to'],
  [/\bmostly\b/gi, 'usually'],
  [/\bwholly\b/gi, 'entirely, completely'],
  [/\banew\b/gi, 'again'],
  [/\bgo(?:es)? by\b/gi, 'uses'],
  [/\bdo(?:es)? without\b/gi, 'does not need'],
  [/\bbeforehand\b/gi, 'before'],
  [/\bleads? (?:out of|beyond)\b/gi, 'ends after, is outside'],
  [/\bparted by\b/gi, 'separated by'],
];

const [option] = process.argv.slice(2);
const pagesOnly = option === '--pages';
const EXCEPTIONS = 'scripts/check-words.allowed.json';
const HELP = 'docs/reference/cli.md';

/** As long as the text, with blanks for what is not text. */
const blanked = (text, start, end) =>
  text.slice(0, start) + text.slice(start, end).replace(/[^\n]/g, ' ') + text.slice(end);

/** A TypeScript source with nothing left of it but the content of its texts that have several words. */
function textsOf(source) {
  const tree = ts.createSourceFile('', source, ts.ScriptTarget.Latest, true);
  let kept = blanked(source, 0, source.length);
  const keep = (node) => {
    const [start, end] = [node.getStart(tree) + 1, node.end - 1];
    if (/\S\s+\S/.test(source.slice(start, end)))
      kept = kept.slice(0, start) + source.slice(start, end) + kept.slice(end);
  };
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) keep(node);
    if (ts.isTemplateExpression(node)) {
      keep(node);
      // An expression is a word of its own.
      for (const { expression } of node.templateSpans) {
        const { pos, end } = expression;
        kept = blanked(kept, pos, end);
        kept = `${kept.slice(0, pos)}${'…'.repeat(end - pos)}${kept.slice(end)}`;
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return kept;
}

/** A page without the sections that are made from messages. */
const writtenByHand = (text) =>
  text.replace(/<!-- generated[^]*?<!-- end -->/g, (section) => section.replace(/[^\n]/g, ' '));

function filesBelow(folder, pattern) {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => pattern.test(name) && !/(?:^|\/)(?:node_modules|dist|build)\//.test(name))
    .map((name) => `${folder}/${name}`)
    .toSorted();
}

const pages = ['README.md', 'CHANGELOG.md', ...filesBelow('docs', /\.md$/)];
const integrations = filesBelow('integrations', /./).filter((name) => statSync(name).isFile());
const example = filesBelow('example-project', /\.(?:md|yaml|js|dts|json|config|txt)$/);
const sources = pagesOnly ? [] : filesBelow('src', /\.ts$/);
// It takes a second to load.
const { default: ts } = sources.length === 0 ? {} : await import('typescript');

function* findings() {
  for (const file of [...pages, ...integrations, ...example, ...sources]) {
    const source = readFileSync(file, 'utf8');
    const isMade = pagesOnly && file !== HELP && file.endsWith('.md');
    const text = file.endsWith('.ts') ? textsOf(source) : isMade ? writtenByHand(source) : source;
    const lines = source.split('\n');
    const found = WORN.flatMap(([pattern, better]) =>
      [...text.matchAll(pattern)].map(({ 0: word, index }) => ({ word: word.trim(), index, better })),
    );
    for (const { word, index, better } of found.toSorted((one, other) => one.index - other.index)) {
      const line = text.slice(0, index).split('\n').length;
      yield { file, line, word, better, text: lines[line - 1] };
    }
  }
}

/** `{ file, text, reason }`: `text` is what the line has. */
const exceptions = JSON.parse(readFileSync(EXCEPTIONS, 'utf8'));
const used = new Set();
let count = 0;
for (const { file, line, word, better, text } of findings()) {
  const exception = exceptions.find((each) => each.file === file && text.includes(each.text));
  if (exception === undefined) {
    count++;
    console.error(`${file}:${line}: "${word}": say ${better}`);
  } else {
    used.add(exception);
  }
}
for (const exception of exceptions) {
  const isRead = !pagesOnly || !exception.file.startsWith('src/');
  if (!exception.reason || (isRead && !used.has(exception))) {
    count++;
    const fault = exception.reason ? 'is not needed any more' : 'has no reason';
    console.error(`${EXCEPTIONS}: the exception for ${exception.file} ("${exception.text}") ${fault}`);
  }
}
if (count > 0) {
  console.error(`${count} worn words`);
  process.exit(1);
}
