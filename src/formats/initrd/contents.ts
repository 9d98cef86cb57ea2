import { isCpio, walkCpio, type CpioEntry } from './cpio.ts';
import type { InitrdFiles } from './files.ts';

/** What a packed part of an initrd has in it. */
export interface PackedContents {
  /** `archives`: nothing but cpio archives; `damaged`: they break off; `junk`: something else stands behind them. */
  kind: 'archives' | 'no-trailer' | 'damaged' | 'junk' | 'no-cpio';
  /** Where it goes wrong. */
  at: number;
  hasInit: boolean;
}

/** The first byte from `at` on that is not padding. */
export function skipPadding(bytes: Uint8Array, at: number): number {
  while (at < bytes.length && bytes[at] === 0) at++;
  return at;
}

/** Looks through what was unpacked: the kernel takes several archives there, too, with padding between them. Adds what is in them to `files`. */
export function readContents(
  bytes: Uint8Array,
  files: InitrdFiles,
  visit: (entry: CpioEntry) => void = () => {},
): PackedContents {
  let hasInit = false;
  let at = skipPadding(bytes, 0);
  if (at === bytes.length || !isCpio(bytes, at)) return { kind: 'no-cpio', at, hasInit };
  while (at < bytes.length) {
    if (!isCpio(bytes, at)) return { kind: 'junk', at, hasInit };
    files.startArchive();
    const archive = walkCpio(bytes, at, (entry) => {
      files.add(entry);
      visit(entry);
    });
    hasInit ||= archive.hasInit;
    at = archive.end;
    if (archive.ending === 'cut' || archive.ending === 'damaged') return { kind: 'damaged', at, hasInit };
    if (archive.ending === 'no-trailer') return { kind: 'no-trailer', at, hasInit };
    at = skipPadding(bytes, at);
  }
  return { kind: 'archives', at, hasInit };
}
