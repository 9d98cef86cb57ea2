import { hex } from '../base/address.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import type { NamedFlags } from '../formats/cell/names.ts';
import type { Content } from './schema/content.ts';

/** What a file holds, and what is wrong with it though it can be read. */
export interface Description<Kind extends Content = Content> {
  content: Kind;
  diagnostics: Diagnostic[];
  /** For people; what they quote of the file may hold anything. */
  lines(): string[];
}

export const described = <Kind extends Content>(
  content: Kind,
  linesOf: (content: Kind) => string[],
  diagnostics: Diagnostic[] = [],
): Description<Kind> => ({ content, diagnostics, lines: () => linesOf(content) });

export const quoted = (text: string): string => `'${text}'`;

const INDENT = '  ';

export const indented = (lines: readonly string[]): string[] => lines.map((line) => `${INDENT}${line}`);

const LABEL_WIDTH = 20;

/** One fact with its label; what is `null` is left out. */
export const fact = (label: string, value: string | null): string[] =>
  value === null ? [] : [`${label.padEnd(LABEL_WIDTH)} ${value}`];

/** A heading and what belongs to it; nothing if that is empty. */
export const section = (heading: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [heading, ...indented(lines)];

/** Columns as wide as they must be, the last one unpadded; `right` names those to align at their end. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, index) =>
        right.includes(index) ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** The names, then the bits without one in hex; `none` for 0. */
export const flagWords = ({ names, unknown }: NamedFlags): string =>
  [...names, ...(unknown === 0n ? [] : [`unknown ${hex(unknown)}`])].join(' ') || 'none';
