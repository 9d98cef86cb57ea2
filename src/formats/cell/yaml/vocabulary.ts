import { either } from '../../../base/text.ts';
import { VARIANT_IDS } from '../layout-ids.ts';
import { LAYOUTS, type ConfigLayout } from '../layouts.ts';
import type { FlagNames, ProtocolNames, RevisionNames, ValueNames } from '../names.ts';
import { REVISIONS } from '../releases.ts';
import { VARIANT_LAYOUTS } from '../variants.ts';

const ALL_LAYOUTS: readonly ConfigLayout[] = [...Object.values(LAYOUTS), ...Object.values(VARIANT_LAYOUTS)];

/** The names that any layout has for a field. */
export const anyNames = (table: (names: RevisionNames) => FlagNames | ValueNames): string[] => [
  ...new Set(ALL_LAYOUTS.flatMap(({ names }) => Object.keys(table(names)))),
];

/**
 * The layouts in which something is there: `revisions 12 to 14`, or `layout nxp9 or nxp10` if no release has it.
 * Revisions without it lie on one side only.
 */
export function layoutsWith(has: (layout: ConfigLayout) => boolean): string {
  const found = REVISIONS.filter((revision) => has(LAYOUTS[revision]));
  const [first, last] = [found[0], found.at(-1)];
  if (first !== undefined) return first === last ? `revision ${first}` : `revisions ${first} to ${last}`;
  const variants = VARIANT_IDS.filter((id) => has(VARIANT_LAYOUTS[id]));
  return variants.length === 0 ? 'no layout' : `layout ${either(variants)}`;
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
