import { KINDS } from './kinds/index.ts';
import type { LogKind } from './kind.ts';
import { cleanLine } from './line.ts';
import { Scanner, type Glance } from './scan.ts';
import { parseShape, type Shape } from './shape.ts';

/** What a line has of a kind. */
export interface Match {
  kind: LogKind;
  /** It only goes on with an event of its kind. */
  isMore: boolean;
  /** It may go on in the next line. */
  isCut: boolean;
  /** What is the same of repeats. */
  key: string;
  /** The part of the line that one writer wrote. */
  text: string;
  values: Readonly<Record<string, string>>;
  /** Where it is in {@link text}. */
  start: number;
  end: number;
}

/** What is known of a line. */
export interface Recognised {
  matches: readonly Match[];
  /** Its first part: what may go on with the line before. */
  head: string;
  /** Its last part: what the next line may continue. */
  tail: string;
  /** Its last part begins something that is known, and does not end it. */
  isOpen: boolean;
  isStamped: boolean;
}

interface KnownShape extends Shape {
  kind: LogKind;
  isMore: boolean;
}

interface Known {
  scanner: Scanner;
  /** By the number of the literal; the first of those that fit counts. */
  shapes: readonly KnownShape[];
}

/** Where a line has it, the log is of Jailhouse. */
const NAME = 'jailhouse';

let known: Known | null = null;

/** All shapes; made at first use, as most commands need none. */
function knownShapes(): Known {
  if (known === null) {
    const shapes = KINDS.flatMap((kind) => [
      ...kind.shapes.map((shape) => ({ ...parseShape(shape), kind, isMore: false })),
      ...(kind.more ?? []).map((shape) => ({ ...parseShape(shape), kind, isMore: true })),
    ]);
    known = {
      shapes,
      scanner: new Scanner(
        shapes.map(({ literal }) => literal),
        NAME,
      ),
    };
  }
  return known;
}

/** @see Scanner.look */
export const glanceAt = (text: string, start: number, limit: number): Glance =>
  knownShapes().scanner.look(text, start, limit);

/** Begun with so many characters, a text may be one that goes on in the next line. */
export const ENOUGH_BEGUN = 5;

const ADDRESS = /^(?:0x)?0*([0-9a-f]{0,16}?)[0-9a-f]{0,3}$/;
/** Values that tell repeats not apart. */
const ANY = new Set(['cpu', 'count']);

/**
 * The kind and its values; of an address, its page of 4 KiB: a copy of a string, or a driver's accesses to its device, are
 * one event.
 */
export function keyOf(
  { id }: Pick<LogKind, 'id'>,
  values: Readonly<Record<string, string>> = NO_VALUES,
): string {
  let key = id;
  for (const name in values) {
    if (ANY.has(name)) continue;
    const value = values[name];
    key += `\u0000${name === 'address' && value !== undefined ? ADDRESS.exec(value)?.[1] : value}`;
  }
  return key;
}

const NONE: readonly Match[] = [];
const NO_VALUES: Readonly<Record<string, string>> = {};

/** What `numbers` of shapes have in a text that one writer wrote. */
function matchesIn(text: string, numbers: readonly number[]): Match[] {
  const { shapes } = knownShapes();
  const matches: Match[] = [];
  let done: string | null = null;
  for (const number of numbers) {
    const { kind, isMore, isCut, pattern, literal } = shapes[number]!;
    if (done === literal) continue;
    const match = pattern.exec(text);
    if (match === null) continue;
    const start = match.index;
    const end = start + match[0].length;
    if (matches.some((other) => start < other.end && end > other.start)) continue;
    done = literal;
    matches.push({
      kind,
      isMore,
      isCut,
      key: keyOf(kind, match.groups),
      text,
      values: match.groups ?? NO_VALUES,
      start,
      end,
    });
  }
  return matches.length > 1 ? matches.toSorted((a, b) => a.start - b.start) : matches;
}

/** What is known of a line of a log. */
export function recognise(line: string, isDirty = true): Recognised {
  const { parts, isStamped } = cleanLine(line, isDirty);
  const matches: Match[] = [];
  let isOpen = false;
  for (const part of parts) {
    const { found, begun } = glanceAt(part, 0, part.length);
    const here = found.length === 0 ? NONE : matchesIn(part, found);
    if (here.length > 0) matches.push(...here);
    const last = here.at(-1);
    isOpen =
      last === undefined
        ? found.length > 0 || begun >= ENOUGH_BEGUN
        : last.isCut || (last.end < part.length && begun >= ENOUGH_BEGUN);
  }
  return { matches, head: parts[0] ?? '', tail: parts.at(-1) ?? '', isOpen, isStamped };
}
