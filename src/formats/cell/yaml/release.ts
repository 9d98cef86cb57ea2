import { isRevision, type Revision } from '../releases.ts';

/** What people call the releases; the newest tree is `git`. */
const RELEASES: Readonly<Record<string, Revision>> = {
  '0.6': 3,
  '0.7': 4,
  '0.8': 8,
  '0.9': 9,
  '0.9.1': 9,
  '0.10': 10,
  '0.11': 10,
  '0.12': 12,
  git: 14,
};

export const parseRelease = (text: string): Revision | null =>
  Object.hasOwn(RELEASES, text) ? RELEASES[text]! : null;

/** A release by name, or a revision by number: no release is a whole number. */
export function parseTarget(text: string): Revision | null {
  const revision = /^[0-9]{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return isRevision(revision) ? revision : parseRelease(text);
}
