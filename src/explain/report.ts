import { addConsequence, asConsequence, eventOf, explanationOf, type Event } from './event.ts';
import type { Call, LogKind } from './kind.ts';
import type { Story } from './story.ts';
import type { Explanation, LogReport, Stage } from './types.ts';

/** The calls that end in an errno because of something at this stage. */
const CALLS: Partial<Record<Stage, readonly Call[]>> = {
  enable: ['ENABLE'],
  create: ['CELL_CREATE'],
  'load-images': ['CELL_LOAD'],
  start: ['CELL_START'],
  shutdown: ['CELL_DESTROY', 'DISABLE'],
};

/** So far apart may an errno and its reason be: the tool, the kernel log and the console are three logs of one event. */
const REACH_OF_CALL = 60;

const failedBy = ({ fails, stage, weight, call }: LogKind): readonly Call[] =>
  call === undefined && weight === undefined ? (fails ?? CALLS[stage] ?? []) : [];

/** So far apart may a line and the one that says more of it be. */
const REACH_OF_MORE = 8;

/** What is not known may be the same. */
const isSame = (one: string | undefined, other: string | undefined): boolean =>
  one === undefined || other === undefined || one === other;

const nearest = (events: readonly Event[], line: number): Event | undefined =>
  events.toSorted((a, b) => Math.abs(a.line - line) - Math.abs(b.line - line))[0];

/** The event that says more of a line: why a call ended in an errno, say; undefined: none does. */
function reasonOf(failed: Event, events: readonly Event[]): Event | undefined {
  const { call, because } = failed.kind;
  if (because !== undefined) {
    const more = events.filter(
      ({ kind, line }) => because.includes(kind.id) && Math.abs(line - failed.line) <= REACH_OF_MORE,
    );
    return nearest(more, failed.line);
  }
  if (call === undefined) return undefined;
  const reasons = events.filter(
    ({ kind, line, values }) =>
      failedBy(kind).includes(call) &&
      Math.abs(line - failed.line) <= REACH_OF_CALL &&
      isSame(values.errno ?? kind.errno, failed.kind.errno),
  );
  return nearest(reasons, failed.line);
}

/** Puts errnos, and others, under what says more of them. */
function withReasons(events: readonly Event[]): Event[] {
  const reasons = new Map(events.map((event) => [event, reasonOf(event, events)]));
  const copies = new Map(
    events
      .filter((event) => reasons.get(event) === undefined)
      .map((event) => [event, { ...event, consequences: event.consequences.map((each) => ({ ...each })) }]),
  );
  for (const [event, reason] of reasons) {
    // What failed because of a line that another one says more of.
    const copy = reason && copies.get(reasons.get(reason) ?? reason);
    if (!copy) continue;
    addConsequence(copy, asConsequence(event));
    for (const each of event.consequences) addConsequence(copy, each);
  }
  return [...copies.values()];
}

/** The first cause; where nothing is one for certain, what may be. */
const firstCause = (explanations: readonly Explanation[]): Explanation | undefined =>
  explanations.find(({ weight }) => weight === 'cause') ??
  explanations.find(({ weight }) => weight === 'doubtful');

function summaryOf({ owner, meaning }: Explanation): string {
  if (owner?.isRoot === true)
    return `in the root cell${owner.cell === null ? '' : ` "${owner.cell}"`}: ${meaning}`;
  return owner?.cell ? `in the cell "${owner.cell}": ${meaning}` : meaning;
}

/** What the last line of a log means as such; `null`: what it means elsewhere. */
function lastEvent({ latest, cells }: Story, lastLine: number | null): Event | null {
  return latest !== null && latest.line === lastLine && latest.match.kind.last !== undefined
    ? eventOf(latest.match, latest.line, cells)
    : null;
}

/**
 * What is known of the lines so far.
 *
 * @param lastLine the last one that has text; `null`: more may come
 */
export function reportOn(
  story: Story,
  { lines, known, lastLine }: { lines: number; known: number; lastLine: number | null },
): LogReport {
  const last = lastEvent(story, lastLine);
  const around = { isOfJailhouse: story.isOfJailhouse, isLast: false };
  const sorted = [
    ...withReasons(story.events())
      .filter(({ line, kind }) => line !== last?.line || kind !== last.kind)
      .map((event) => explanationOf(event, around)),
    ...(last === null ? [] : [explanationOf(last, { ...around, isLast: true })]),
  ].toSorted((a, b) => a.line - b.line);
  const first = firstCause(sorted);
  return {
    lines,
    known,
    summary: first === undefined ? null : summaryOf(first),
    release: story.cells.release,
    explanations: first === undefined ? sorted : [first, ...sorted.filter((each) => each !== first)],
    omitted: story.omitted,
  };
}
