/** Edits (insert, delete, replace, swap of neighbours) from `a` to `b`: Damerau-Levenshtein, optimal string alignment. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, beforeLast[column - 2]! + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}

/**
 * The candidate that `word` is most likely a typo of, whatever its case; the first of equals.
 * Undefined when even the best differs in more than a third of the longer word's letters (at least one edit is allowed).
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const longer = Math.max(word.length, candidate.length);
    const cutoff = Math.max(1, Math.floor(longer / 3));
    if (Math.abs(word.length - candidate.length) > cutoff) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= cutoff && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
