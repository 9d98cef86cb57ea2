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
