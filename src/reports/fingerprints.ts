import { createHash } from 'node:crypto';
import type { PlacedFinding } from './report.ts';

/** The same for a finding whose line moved: its rule, the manifest value or the file, and how many came before it. */
export function fingerprints(): (finding: PlacedFinding) => string {
  const seen = new Map<string, number>();
  return ({ diagnostic, place }) => {
    const identity = JSON.stringify([diagnostic.code, place.file, diagnostic.path ?? []]);
    const before = seen.get(identity) ?? 0;
    seen.set(identity, before + 1);
    return createHash('sha256').update(`${identity}${before}`).digest('hex');
  };
}
