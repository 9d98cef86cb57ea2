import { NAMES, type FlagNames, type ProtocolNames, type RevisionNames, type ValueNames } from '../names.ts';
import type { Revision } from '../releases.ts';

export const REVISIONS = Object.keys(NAMES).map(Number) as Revision[];

/** The names that any revision has for a field. */
export const anyNames = (table: (names: RevisionNames) => FlagNames | ValueNames): string[] => [
  ...new Set(REVISIONS.flatMap((revision) => Object.keys(table(NAMES[revision])))),
];

/** The revisions in which something is there, as `revision 12 to 14`; revisions without it lie on one side only. */
export function revisionsWith(has: (revision: Revision) => boolean): string {
  const found = REVISIONS.filter(has);
  const [first, last] = [found[0], found.at(-1)];
  if (first === undefined) return 'no revision';
  return first === last ? `revision ${first}` : `revisions ${first} to ${last}`;
}

/** The number of `veth`, `custom`, `custom:0x2`, `virtio_front:net`; null where the revision has no such name. */
export function protocolNumber({ values, families }: ProtocolNames, name: string): number | null {
  if (Object.hasOwn(values, name)) return values[name]!;
  const [family, member] = name.split(':') as [string, string?];
  if (!Object.hasOwn(families, family)) return null;
  const { first, count, members } = families[family]!;
  if (member === undefined) return first;
  const offset = Object.hasOwn(members, member) ? members[member]! : Number(member);
  return Number.isInteger(offset) && offset >= 0 && offset < count ? first + offset : null;
}
