import { InputError } from '../base/diagnostic.ts';
import { pathIn } from './header.ts';
import { COPY_AGAIN, shown } from './names.ts';
import { scanBundle, type ScannedFile } from './scan.ts';

export interface BundleArchive {
  /** The bundle's folder. */
  name: string;
  /** Seconds since 1970: the time of every entry. */
  mtime: number;
  /** In the archive's order. */
  files: readonly ScannedFile[];
}

/**
 * What a .tar or .tar.gz of `packBundle` holds, read as a stream: sizes, digests and the small files' bytes.
 * Whether the digests are the right ones is `verifyBundle`'s question.
 *
 * @throws InputError `bundle/…` for the first thing in the archive that is not as it was packed
 */
export async function readBundle(source: AsyncIterable<Uint8Array>): Promise<BundleArchive> {
  const { folder, mtime, files, damaged, diagnostics } = await scanBundle(source);
  const [header] = damaged;
  if (header) {
    throw new InputError(
      'bundle/header',
      `the header of ${shown(pathIn(header.block))} is damaged (offset ${header.offset} of the tar)`,
      { fix: COPY_AGAIN },
    );
  }
  const [problem] = diagnostics;
  if (problem) {
    const { code, message, ...more } = problem;
    throw new InputError(code, message, more);
  }
  if (folder === null || mtime === null) throw new InputError('bundle/empty', 'the tar holds no bundle');
  return { name: folder, mtime, files };
}
