import type { Context, LogKind, Reading } from './kind.ts';
import type { Match } from './recognise.ts';
import { fillIn } from './shape.ts';
import type { Consequence, Explanation, LogLine, Owner, Stage } from './types.ts';

/** What happened once, or again and again: the lines about it, put together. */
export interface Event {
  readonly kind: LogKind;
  /** @see Match.key */
  readonly key: string;
  readonly line: number;
  text: string;
  values: Readonly<Record<string, string>>;
  count: number;
  owner: Owner | null;
  /** A line said that its CPU was stopped. */
  isParked: boolean;
  /** The line that shows that nothing came of it. */
  settled: number | null;
  device: string | null;
  release: string | null;
  readonly dump: LogLine[];
  readonly consequences: Consequence[];
}

/** The same, that holds on to nothing else: a part of a long text keeps all of it in memory. */
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Most lines of registers that are kept of an event, and most consequences. */
const MOST_DUMPED = 48;
const MOST_CONSEQUENCES = 16;

export const eventOf = ({ kind, key, text, values }: Match, line: number, context: Context): Event => ({
  kind,
  key,
  line,
  text,
  values,
  count: 1,
  owner: null,
  isParked: false,
  settled: null,
  device: context.device,
  release: context.release,
  dump: [],
  consequences: [],
});

export function addDump(event: Event, { line, text }: LogLine): void {
  if (event.dump.length < MOST_DUMPED) event.dump.push({ line, text: copy(text) });
}

/** One entry a kind: the first line, and how often. */
export function addConsequence(event: Event, consequence: Consequence): void {
  const same = event.consequences.find(({ id }) => id === consequence.id);
  if (same) same.count += consequence.count;
  else if (event.consequences.length < MOST_CONSEQUENCES)
    event.consequences.push({ ...consequence, text: copy(consequence.text) });
}

/** An event that can be kept for long. */
export function asKept(event: Event): Event {
  event.text = copy(event.text);
  event.values = copy(event.values);
  return event;
}

export const asConsequence = ({ kind, line, text, count }: Event): Consequence => ({
  id: kind.id,
  line,
  text,
  count,
});

/** What is the same of repeats: the kind and its values, and whose CPU it was. */
export const keyOf = ({ key, owner }: Event): string =>
  owner === null ? key : `${key}\u0000${owner.cell}\u0000${owner.isRoot}`;

/** Added values do not replace those that are there. */
export function addValues(event: Event, values: Readonly<Record<string, string>>): void {
  event.values = { ...values, ...event.values };
}

const NOT_SAID = 'not printed';

/** What other lines of the log make of an event. */
export interface Surroundings {
  /** Something in the log is of Jailhouse for certain. */
  isOfJailhouse: boolean;
  /** The log ends with this event. */
  isLast: boolean;
}

function readingOf(event: Event, { isOfJailhouse, isLast }: Surroundings): Required<Reading> {
  const { kind, values, owner, settled, text } = event;
  const {
    meaning,
    fix,
    rules,
    weight = 'cause',
  } = {
    ...kind,
    ...(owner?.isRoot === true ? kind.root : {}),
    ...kind.refine?.(values, event),
    ...(isLast ? kind.last?.(text) : {}),
  };
  const known = new Proxy(values as Record<string, string | undefined>, {
    get: (all, name) => all[String(name)] ?? NOT_SAID,
  }) as Record<string, string>;
  const reading = { meaning: fillIn(meaning, known), fix: fillIn(fix, known), rules, weight };
  if (settled !== null) {
    return {
      ...reading,
      meaning: `${reading.meaning}; it did not stay so: line ${settled} shows that the boot went on`,
      fix: 'nothing to do',
      weight: 'info',
    };
  }
  if (kind.isCommon === true && !isOfJailhouse) {
    return {
      ...reading,
      meaning: `other programs print this, too, and nothing else in the log is of Jailhouse; if it is of Jailhouse, ${reading.meaning}`,
      weight: 'doubtful',
    };
  }
  return reading;
}

/** Whether a line, as far as it tells alone, is the cause of something. */
export const isCause = ({ kind, values }: Match, context: Context): boolean =>
  kind.weight === undefined && kind.refine?.(values, context)?.weight === undefined;

/** A guest's stage is that of the root, where the root cell did it. */
const stageOf = ({ kind, owner }: Event): Stage =>
  kind.stage === 'guest' && owner?.isRoot === true ? 'root' : kind.stage;

export const explanationOf = (event: Event, around: Surroundings): Explanation => ({
  id: event.kind.id,
  stage: stageOf(event),
  printer: event.kind.printer,
  line: event.line,
  count: event.count,
  text: event.text,
  owner: event.owner,
  values:
    event.kind.isOfDevice === true && event.device !== null
      ? { device: event.device, ...event.values }
      : event.values,
  ...readingOf(event, around),
  source: event.kind.source,
  dump: [...event.dump],
  consequences: event.consequences.map((each) => ({ ...each })),
});
