import { BLOCK, encodeHeader, paddingOf } from './header.ts';
import { SIGNATURE_NAME } from './names.ts';
import type { FileDigest } from './tar.ts';

/** A bundle that is intact. */
interface IntactBundle {
  name: string;
  mtime: number;
  /** In the archive's order. */
  files: ReadonlyMap<string, FileDigest>;
}

/** Bytes of an entry: header, content, padding. */
const sizeOf = (size: number): number => BLOCK + size + paddingOf(size);

/**
 * The tar of a bundle that is intact, with this signature, and without the one that it may have: the bytes that a build
 * with the signature gives.
 */
export async function* withSignature(
  tar: AsyncIterable<Uint8Array>,
  { name, mtime, files }: IntactBundle,
  signature: Uint8Array,
): AsyncGenerator<Uint8Array, void> {
  const kept = [...files].filter(([path]) => path !== SIGNATURE_NAME);
  let left = kept.reduce((sum, [, { size }]) => sum + sizeOf(size), BLOCK);
  for await (const chunk of tar) {
    const part = chunk.subarray(0, left);
    left -= part.length;
    if (part.length > 0) yield part;
    if (left === 0) break;
  }
  yield encodeHeader({
    folder: name,
    path: SIGNATURE_NAME,
    size: signature.length,
    mtime,
    executable: false,
  });
  yield signature;
  yield new Uint8Array(paddingOf(signature.length) + 2 * BLOCK);
}
