import { withPhandles, type NewNode, type NewProperty, type NewValue } from './compose.ts';
import { guessValue } from './values.ts';

const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;

/** Counts and flags as people read them, all else in hex. */
const number = (cell: number): string => (cell < 10 ? String(cell) : `0x${cell.toString(16)}`);

const bytesText = (bytes: Uint8Array): string =>
  `[${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}]`;

/** The value as dtc reads it; `null` for an empty one. */
function valueText(value: NewValue): string | null {
  if ('texts' in value) return value.texts.map(quote).join(', ');
  if ('cells' in value) {
    const words = value.cells.map((cell) => (typeof cell === 'number' ? number(cell) : `&${cell.label}`));
    return words.length === 0 ? null : `<${words.join(' ')}>`;
  }
  const guessed = guessValue(value.bytes);
  if (guessed.kind === 'empty') return null;
  if (guessed.kind === 'bytes') return bytesText(guessed.bytes);
  return valueText(guessed.kind === 'texts' ? { texts: guessed.texts } : { cells: guessed.cells });
}

function propertyLine({ name, value }: NewProperty): string {
  const text = valueText(value);
  return text === null ? `${name};` : `${name} = ${text};`;
}

/** What ends a comment cannot stand in one. */
const commentLines = (comment: string | undefined): string[] =>
  comment === undefined ? [] : [`/* ${comment.replaceAll('*/', '* /')} */`];

function nodeLines(node: NewNode): string[] {
  const { name, label, comment, properties, children } = node;
  const title = name === '' ? '/' : name;
  const body = [
    ...properties.map(propertyLine),
    ...children.flatMap((child, index) => [
      ...(index > 0 || properties.length > 0 ? [''] : []),
      ...nodeLines(child),
    ]),
  ];
  return [
    ...commentLines(comment),
    `${label === undefined ? '' : `${label}: `}${title} {`,
    ...body.map((line) => (line === '' ? '' : `\t${line}`)),
    '};',
  ];
}

/**
 * The source of a tree: dtc makes the same tree of it as composeTree() does.
 *
 * @param heading lines of a comment at the top
 * @param isOverlay whether it is made for a tree that is there (`/plugin/`)
 */
export function writeSource(root: NewNode, heading: readonly string[], isOverlay = false): string {
  const lines = [
    ...heading.map((line) => `// ${line}`.trimEnd()),
    '/dts-v1/;',
    ...(isOverlay ? ['/plugin/;'] : []),
    '',
    ...nodeLines(withPhandles(root)),
  ];
  return `${lines.join('\n')}\n`;
}
