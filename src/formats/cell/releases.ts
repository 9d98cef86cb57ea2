/** Config revisions that exist: 3 is Jailhouse 0.6, 14 today's git. */
export type Revision = 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14;

/** The Jailhouse releases that read each config revision; `null` where only development trees did. */
const RELEASES: Readonly<Record<Revision, string | null>> = {
  3: '0.6',
  4: '0.7',
  5: null,
  6: null,
  7: null,
  8: '0.8',
  9: '0.9 and 0.9.1',
  10: '0.10 and 0.11',
  11: null,
  12: '0.12',
  13: 'git from 2020-05 to 2022-12',
  14: 'git since 2023-01',
};

export const REVISIONS = Object.keys(RELEASES).map(Number) as readonly Revision[];

export const isRevision = (revision: number): revision is Revision => Object.hasOwn(RELEASES, revision);

export const releaseOf = (revision: Revision): string | null => RELEASES[revision];

/** `revision 12 (Jailhouse 0.12)` */
export function describeRevision(revision: Revision): string {
  const release = releaseOf(revision);
  return `revision ${revision} (${release === null ? 'of development trees only' : `Jailhouse ${release}`})`;
}

/** One line that says what revisions there are, for error texts. */
export const knownRevisions = (): string =>
  'revisions 3 (Jailhouse 0.6) to 14 (git since 2023-01) are supported';
