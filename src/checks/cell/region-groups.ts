import { describeNumbers } from '../../base/runs.ts';
import { describeRange } from '../../base/ranges.ts';
import { regionName } from '../../formats/cell/origins.ts';
import { regionText, type PlacedRegion } from './ranges.ts';
import type { Breach } from './rule.ts';
import type { Party } from './scene.ts';

export type Pair = readonly [PlacedRegion, PlacedRegion];

/** Regions that meet, directly or through others: one wrong size is one finding. The one that most others meet is first. */
export function crowds(pairs: readonly Pair[]): PlacedRegion[][] {
  const groups = new Map<PlacedRegion, Set<PlacedRegion>>();
  const meetings = new Map<PlacedRegion, number>();
  for (const pair of pairs) {
    const [one, other] = pair.map((item) => groups.get(item) ?? new Set([item])) as [
      Set<PlacedRegion>,
      Set<PlacedRegion>,
    ];
    const together = new Set([...one, ...other]);
    for (const item of together) groups.set(item, together);
    for (const item of pair) meetings.set(item, (meetings.get(item) ?? 0) + 1);
  }
  const byMeetings = (a: PlacedRegion, b: PlacedRegion): number => meetings.get(b)! - meetings.get(a)!;
  return [...new Set(groups.values())].map((group) => [...group].toSorted(byMeetings));
}

/** `the regions 3-5,7`, or as the description names them. */
function namesOf(items: readonly PlacedRegion[], { description }: Party): string {
  if (description.origins) return [...new Set(items.map(({ name }) => name))].join(', ');
  return `the regions ${describeNumbers(items.map(({ index }) => index).toSorted((a, b) => a - b))}`;
}

/** What is wrong with regions that meet: of two, the later has to move. */
export function meeting([wide, ...others]: readonly PlacedRegion[], party: Party, verdict: string): Breach {
  const [first, ...more] = others;
  const [one, other] = first!.index < wide!.index ? [first!, wide!] : [wide!, first!];
  if (more.length === 0) {
    return {
      at: [other.index],
      message: `${party.title}: ${regionText(one)} and ${regionText(other)} ${verdict}`,
      requested: `${regionName(party.description, other.index, 'region')} apart from ${describeRange(one.range)}`,
      actual: describeRange(other.range),
    };
  }
  return {
    at: [wide!.index],
    message: `${party.title}: ${regionText(wide!)} and ${others.length} other memory regions ${verdict}`,
    requested: `${namesOf(others, party)} apart from ${describeRange(wide!.range)}`,
    actual: `${others.length} of them overlap it`,
    detail: others.map(regionText).join('\n'),
  };
}

/** One finding for all regions that break a rule in the same way; `what` is told of one, and of several. */
export function folded(
  items: readonly PlacedRegion[],
  party: Party,
  what: (plural: boolean) => string,
): Pick<Breach, 'at' | 'message' | 'detail'> {
  const [first, ...more] = items as [PlacedRegion, ...PlacedRegion[]];
  if (more.length === 0) {
    return { at: [first.index], message: `${party.title}: ${regionText(first)} ${what(false)}` };
  }
  return {
    at: [first.index],
    message: `${party.title}: ${items.length} memory regions ${what(true)}: ${namesOf(items, party)}`,
    detail: items.map(regionText).join('\n'),
  };
}
