/** A variant of a cell, as the tests of the box hold it. */
export interface Judged {
  what: string;
  /** Whether it reaches init in the box. */
  boots: boolean;
  /** Whether `check` has an error for it. */
  refused: boolean;
}

/**
 * Where check and the box do not agree, one line each: what the one refuses must not reach init in the other.
 *
 * @param allowed why they may differ, by variant; an entry that is no longer needed is a line, too
 */
export function disagreements(
  variants: readonly Judged[],
  allowed: Readonly<Record<string, string>>,
): string[] {
  const lines = variants.flatMap(({ what, boots, refused }) => {
    const differs = boots === refused;
    if (differs === what in allowed) return [];
    if (!differs) return [`${what}: check and the box agree, take it off the list`];
    return [
      `${what}: ${boots ? 'check refuses it, and it boots' : 'check accepts it, and it does not boot'}`,
    ];
  });
  const known = new Set(variants.map(({ what }) => what));
  const unknown = Object.keys(allowed).filter((what) => !known.has(what));
  return [...lines, ...unknown.map((what) => `${what}: there is no such variant, take it off the list`)];
}
