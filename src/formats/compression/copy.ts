/** Below this a loop is quicker than a call. */
const SHORT = 48;

/** Copies `length` bytes of `source` from `from` to `at` of `target`. */
export function copyLiterals(
  source: Uint8Array,
  from: number,
  target: Uint8Array,
  at: number,
  length: number,
): void {
  if (length > SHORT) {
    target.set(source.subarray(from, from + length), at);
    return;
  }
  for (const end = at + length; at < end;) target[at++] = source[from++]!;
}

/** Patterns up to this are looked at for being zeros. */
const SHORT_PATTERN = 8;

function isZeros(bytes: Uint8Array, from: number, end: number): boolean {
  while (from < end) if (bytes[from++] !== 0) return false;
  return true;
}

/**
 * Repeats `length` bytes of `target` at `at`, from `distance` before it; a short distance makes a pattern.
 * All of `target` from `at` on must still be zero.
 */
export function copyMatch(target: Uint8Array, at: number, distance: number, length: number): void {
  let from = at - distance;
  const end = at + length;
  if (length <= SHORT) {
    while (at < end) target[at++] = target[from++]!;
    return;
  }
  // Half of a kernel may be zeros, and memory that nobody wrote to costs nothing.
  if (distance <= SHORT_PATTERN && isZeros(target, from, at)) return;
  // What is written can be read at once, so that each copy may be twice as long as the one before.
  while (at < end) {
    const count = Math.min(at - from, end - at);
    target.copyWithin(at, from, from + count);
    at += count;
  }
}
