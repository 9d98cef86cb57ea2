import type { ManifestPath } from '../base/diagnostic.ts';
import { KEYS, type KeyPattern } from './keys.ts';

const OPEN = /^(?:defaults|compatible|initrd|cmdline|checks\.waive|checks\.rules|boot\.(?:expect|send))$/;

/** The entry of {@link KEYS} for a path: list indices and kconfig symbols become `*`. Undefined for the root and unknown paths. */
export function patternOf(path: ManifestPath): KeyPattern | undefined {
  let pattern = '';
  for (const step of path) {
    const isItem = typeof step === 'number' ? OPEN.test(pattern) : pattern === 'checks.require';
    pattern = `${pattern}${pattern === '' ? '' : '.'}${isItem ? '*' : step}`;
  }
  return Object.hasOwn(KEYS, pattern) ? (pattern as KeyPattern) : undefined;
}

/** The keys that a map may have, by the pattern of its path ('' is the root). */
export const childKeys = (pattern: string): string[] =>
  Object.keys(KEYS)
    .filter((candidate) => candidate.lastIndexOf('.') === (pattern === '' ? -1 : pattern.length))
    .filter((candidate) => candidate.startsWith(pattern))
    .map((candidate) => candidate.slice(pattern === '' ? 0 : pattern.length + 1));
