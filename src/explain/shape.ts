/** The form of a value, by its name in a shape. None has a repeat within a repeat. */
const FORMS: Readonly<Record<string, string>> = {
  access: 'read|write',
  address: '(?:0x)?[0-9a-f]{1,16}',
  cell: '[^"]{1,64}',
  count: '\\d{1,20}',
  cpu: '\\d{1,5}',
  device: '(?:[0-9a-f]{4,8}:)?[0-9a-fx]{2}:[0-9a-fx]{2}\\.[0-7x]|[0-9a-f]{4}',
  errno: '\\d{1,4}',
  file: '[^\\s\'"`]{1,200}',
  hex: '(?:0x)?[0-9a-f]{1,16}',
  msr: '[0-9a-f]{1,16}',
  port: '[0-9a-f]{1,4}',
  reason: '[A-Z][A-Za-z/ -]{2,60}',
  register: '(?:0x)?[0-9a-f]{1,4}',
  size: '(?:0x)?[0-9a-f]{1,16}',
  text: '.{1,200}',
  word: '\\S{1,80}',
};

/** A shape, ready to be looked for. */
export interface Shape {
  pattern: RegExp;
  /** Lower-case text that every line of this shape has. */
  literal: string;
  /** It is the beginning of a longer line, which a mail program or another writer broke. */
  isCut: boolean;
}

/** Most of a {@link Shape}'s literal that is looked for. */
const LONGEST_LITERAL = 40;

const escape = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Where the `{` at `start` is closed. */
function closing(shape: string, start: number): number {
  for (let index = start, depth = 0; index < shape.length; index++) {
    if (shape[index] === '{') depth++;
    else if (shape[index] === '}' && --depth === 0) return index;
  }
  throw new Error(`a value of the shape ${shape} has no end`);
}

/** The end of a shape that is the beginning of a longer line. */
const CUT = '…';

/** A part of a shape: literal text, and the value after it; `null`: the shape ends in the text. */
interface Part {
  fixed: string;
  /** `''`: a form without a name. */
  value: { name: string; form: string } | null;
}

/** Reads a text with `{name}`, `{name:form}` and `{:form}` in it; the beginning of a longer line ends in `…`. */
export function shapeParts(text: string): { parts: Part[]; isCut: boolean } {
  const isCut = text.endsWith(CUT);
  const shape = isCut ? text.slice(0, -CUT.length) : text;
  const parts: Part[] = [];
  for (let index = 0; index < shape.length;) {
    const open = shape.indexOf('{', index);
    const fixed = shape.slice(index, open < 0 ? undefined : open);
    if (open < 0) {
      parts.push({ fixed, value: null });
      break;
    }
    const close = closing(shape, open);
    const value = shape.slice(open + 1, close);
    const colon = value.indexOf(':');
    const name = colon < 0 ? value : value.slice(0, colon);
    const form = colon < 0 ? FORMS[name] : value.slice(colon + 1);
    if (form === undefined) throw new Error(`no form of ${name} in the shape ${shape}`);
    parts.push({ fixed, value: { name, form } });
    index = close + 1;
  }
  return { parts, isCut };
}

export function parseShape(text: string): Shape {
  const { parts, isCut } = shapeParts(text);
  let source = '';
  let literal = '';
  for (const { fixed, value } of parts) {
    if (fixed.length > literal.length) literal = fixed;
    source += escape(fixed);
    if (value !== null) source += value.name === '' ? `(?:${value.form})` : `(?<${value.name}>${value.form})`;
  }
  const endsInValue = parts.length > 0 && parts.at(-1)!.value !== null;
  return {
    pattern: new RegExp(`${source}${endsInValue ? '(?!\\w)' : ''}`),
    literal: literal.toLowerCase().trim().slice(0, LONGEST_LITERAL).trimEnd(),
    isCut,
  };
}

/** A text with what a line had in place of its `{name}`s. */
export const fillIn = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
