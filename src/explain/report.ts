import { addConsequence, asConsequence, explanationOf, type Event } from './event.ts';
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

/** What is not known may be the same. */
const isSame = (one: string | undefined, other: string | undefined): boolean =>
  one === undefined || other === undefined || one === other;

/** The event that says why a call ended in an errno; undefined: none does. */
function reasonOf(failed: Event, events: readonly Event[]): Event | undefined {
  const { call } = failed.kind;
  if (call === undefined) return undefined;
  return events
    .filter(
      ({ kind, line, values }) =>
        failedBy(kind).includes(call) &&
        Math.abs(line - failed.line) <= REACH_OF_CALL &&
        isSame(values.errno ?? kind.errno, failed.kind.errno),
    )
    .toSorted((a, b) => Math.abs(a.line - failed.line) - Math.abs(b.line - failed.line))[0];
}

/** Puts errnos under what says more of them. */
function withReasons(events: readonly Event[]): Event[] {
  const reasons = new Map(events.map((event) => [event, reasonOf(event, events)]));
  const copies = new Map(
    events
      .filter((event) => reasons.get(event) === undefined)
      .map((event) => [event, { ...event, consequences: event.consequences.map((each) => ({ ...each })) }]),
  );
  for (const [event, reason] of reasons) {
    const copy = reason && copies.get(reason);
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

/** What is known of the lines so far. */
export function reportOn(story: Story, lines: number, known: number): LogReport {
  const sorted = withReasons(story.events())
    .map(explanationOf)
    .toSorted((a, b) => a.line - b.line);
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
