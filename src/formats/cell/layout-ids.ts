import { releaseOf, REVISIONS, type Revision } from './releases.ts';

/** A layout that claims a revision's number, and is another than the one of the releases. */
interface VariantFacts {
  revision: Revision;
  /** Who made files of it, for messages. */
  of: string;
  /** Only trees of a few days, between two releases, had it. */
  isInterim: boolean;
}

const interim = (revision: Revision, of: string): VariantFacts => ({ revision, of, isInterim: true });
const lasting = (revision: Revision, of: string): VariantFacts => ({ revision, of, isInterim: false });

/** The layouts that are read and written beside the standard ones. */
export const VARIANTS = {
  nxp9: lasting(9, 'NXP’s BSPs imx_4.14.62 and imx_4.14.78'),
  nxp10: lasting(10, 'NXP’s BSPs imx_4.14.98 to imx_5.4.3'),
  nxp12: lasting(12, 'NXP’s BSPs imx_5.4.24 to lf-5.15.5'),
  ti12: lasting(12, 'TI’s Jailhouse 0.10, in its SDKs of 2019 and 2020'),
  'git12-old': lasting(12, 'git from 2019-08-24 to 2020-01-06'),
  'git12-iv-c': lasting(12, 'git from 2020-01-06 to 2020-01-13'),
  'git9-flags': interim(9, 'git of 2018-07-05'),
  'git11-a': interim(11, 'git from 2019-07-26 to 2019-08-11'),
  'git11-b': interim(11, 'git from 2019-08-11 to 2019-08-24'),
  'git13-first': interim(13, 'git of 2020-06-01'),
} as const satisfies Record<string, VariantFacts>;

export type VariantId = keyof typeof VARIANTS;
/** What a user may choose: the layout of the releases (`std12`), or another one of the same number. */
export type LayoutId = `std${Revision}` | VariantId;

/** What says how a config is laid out. */
export interface Versioned {
  revision: Revision;
  /** Absent: the layout that the releases of this revision have. */
  layout?: VariantId | undefined;
}

export const VARIANT_IDS = Object.keys(VARIANTS) as readonly VariantId[];

/** What says it, without the rest of a config. */
export const versionOf = ({ revision, layout }: Versioned): Versioned =>
  layout === undefined ? { revision } : { revision, layout };

export const layoutIdOf = ({ revision, layout }: Versioned): LayoutId => layout ?? `std${revision}`;

/** The Jailhouse releases that read such a config; `null` where none did. */
export const releasesOf = ({ revision, layout }: Versioned): string | null =>
  layout === undefined ? releaseOf(revision) : null;

/** Whose Jailhouse reads such a config: `Jailhouse 0.12`, `Jailhouse nxp12 (NXP’s BSPs …)`. */
export const jailhouseText = (version: Versioned): string =>
  `Jailhouse ${version.layout === undefined ? (releaseOf(version.revision) ?? `of revision ${version.revision}`) : describeLayout(version.layout)}`;

/** The numbers of those releases: none for development trees and vendors. */
export function releaseNumbers(version: Versioned): string[] {
  const releases = releasesOf(version);
  return releases === null || releases.startsWith('git') ? [] : releases.split(' and ');
}

/** All that can be chosen, the standard ones first. */
export const LAYOUT_IDS: readonly LayoutId[] = [
  ...REVISIONS.map((revision): LayoutId => `std${revision}`),
  ...VARIANT_IDS,
];

const isVariant = (id: string): id is VariantId => Object.hasOwn(VARIANTS, id);

/** The layout with this id; `null` if there is none. */
export function parseLayoutId(id: string): Versioned | null {
  if (isVariant(id)) return { revision: VARIANTS[id].revision, layout: id };
  const revision = REVISIONS.find((each) => id === `std${each}`);
  return revision === undefined ? null : { revision };
}

/** What a `layout` that was given names; nothing where none was. */
export const versionNamed = (id: LayoutId | null | undefined): Versioned | undefined =>
  id ? (parseLayoutId(id) ?? undefined) : undefined;

/** `nxp10 (NXP’s BSPs …)`, `std10 (the layout of the releases)`. */
export const describeLayout = (id: LayoutId): string =>
  isVariant(id) ? `${id} (${VARIANTS[id].of})` : `${id} (the layout of the releases)`;
