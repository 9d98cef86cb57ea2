import type { RollupLog, TransformPluginContext } from 'rollup';
import { summarize } from '../base/diagnostic-text.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { elsewhere } from '../formats/yaml/elsewhere.ts';
import { codeFrame, lineAndColumn, type SourceRange } from '../formats/yaml/source.ts';
import { otherAt } from '../manifest/other-text.ts';
import type { PreparedCell } from '../inputs/prepared.ts';

/** What was found in a module, or in a manifest that a machine file names. */
export interface Reported extends Pick<PreparedCell, 'diagnostics' | 'locate' | 'descriptions' | 'others'> {
  /** Of such a manifest; `text` is `null` where it cannot be read. */
  named?: { file: string; text: string | null; range: SourceRange };
}

/** A finding at its place in the module; one in a file that this names tells its place there, and shows the lines. */
function place({ locate, descriptions, named, others = [] }: Reported, diagnostic: Diagnostic): Placed {
  const { path = [], range } = diagnostic;
  const described = descriptions.get(path[0]!);
  if (described && (range !== undefined || path.length > 1)) {
    const there = range ?? described.locate(path.slice(1));
    const told = elsewhere(described.name, described.text, { ...diagnostic, range: there });
    return { diagnostic: told, range: named?.range ?? locate(path.slice(0, 1)) };
  }
  const own = range ?? locate(path);
  const other = otherAt(others, own);
  if (other !== null) {
    const { layer, range: there } = other;
    const told = elsewhere(layer.title, layer.text, { ...diagnostic, range: there });
    return { diagnostic: told, range: named?.range ?? locate('at' in layer ? layer.at : []) };
  }
  if (!named) return { diagnostic, range: own };
  const { file, text } = named;
  if (text === null) return { diagnostic, range: named.range };
  return { diagnostic: elsewhere(file, text, { ...diagnostic, range: own }), range: named.range };
}

interface Placed {
  diagnostic: Diagnostic;
  range: SourceRange;
}

/** With the `id`, which Vite's development server does not add to a log that has a `pluginCode`. */
const logOf = (id: string, diagnostics: readonly Diagnostic[], message: string): RollupLog => ({
  message,
  id,
  pluginCode: diagnostics[0]!.code,
  meta: { diagnostics },
});

/** Where in our code it was found says nothing about bad input: an empty stack is one that bundlers do not print. */
const withoutStack = (log: RollupLog): RollupLog => ({ ...log, stack: '' });

const indent = (text: string, by: string): string => text.replaceAll(/^(?=.)/gm, by);

/** Several errors as one message, each with its place; the bundler draws the frame of the first. */
function listErrors(text: string, errors: readonly Placed[]): string {
  let shown = errors[0]!.range.start;
  const drawn = new Set<string>();
  const items = errors.map(({ diagnostic: { detail, ...rest }, range }) => {
    const { line, column } = lineAndColumn(text, range.start);
    // Several errors may show the same lines of a description.
    const isNew = detail !== undefined && !drawn.has(detail);
    if (isNew) drawn.add(detail);
    const told = `${line}:${column}: ${summarize(isNew ? { ...rest, detail } : rest)}`;
    if (range.start === shown) return told;
    shown = range.start;
    return `${told}\n${indent(codeFrame(text, range), '    ')}`;
  });
  return [`${errors.length} errors`, ...items].join('\n\n');
}

/** Fails the build with one problem, at its place in the manifest if it has one. */
export function failWith(
  context: TransformPluginContext,
  id: string,
  diagnostic: Diagnostic,
  told: Reported | undefined,
): never {
  const isPlaced = told !== undefined && (diagnostic.range ?? diagnostic.path) !== undefined;
  const { diagnostic: shown, range } = isPlaced ? place(told, diagnostic) : { diagnostic, range: undefined };
  return context.error(withoutStack(logOf(id, [shown], summarize(shown))), range?.start);
}

/**
 * Warnings and notes one by one, all errors as one; each at its place in the module.
 *
 * @param page the command that writes the page about them; `null`: none is asked for
 */
export function report(
  context: TransformPluginContext,
  id: string,
  text: string,
  reported: readonly Reported[],
  page: string | null,
): void {
  const placed = reported
    .flatMap((each) => each.diagnostics.filter(({ waived }) => !waived).map((found) => place(each, found)))
    .toSorted((a, b) => a.range.start - b.range.start);
  for (const { diagnostic, range } of placed) {
    if (diagnostic.severity === 'error') continue;
    const tell = diagnostic.severity === 'warning' ? 'warn' : 'info';
    context[tell](logOf(id, [diagnostic], summarize(diagnostic)), range.start);
  }
  const errors = placed.filter(({ diagnostic }) => diagnostic.severity === 'error');
  const [first, ...others] = errors;
  if (first === undefined) return;
  const message = others.length === 0 ? summarize(first.diagnostic) : listErrors(text, errors);
  const more = page === null ? '' : `\n\nA failed build emits no page; this writes it:\n  ${page}`;
  const log = logOf(
    id,
    errors.map(({ diagnostic }) => diagnostic),
    message + more,
  );
  context.error(withoutStack(log), first.range.start);
}
