import type { TarPacking } from '../base/choices.ts';
import { type Diagnostic, diagnosticOf, InputError } from '../base/diagnostic.ts';
import { compareDigests } from './agree.ts';
import { encodeHeader, pathDistance, pathIn } from './header.ts';
import { type Listing, parseListing } from './listing.ts';
import { badPath, checkForm, isListable } from './form.ts';
import {
  COPY_AGAIN,
  HOOKS_FOLDER,
  isFileName,
  isHook,
  MACHINE_FORMAT,
  METADATA_NAME,
  shown,
  SIGNATURE_NAME,
  SUMS_NAME,
} from './names.ts';
import { checkReferences, malformed } from './references.ts';
import { type OnContent, type Scan, scanBundle } from './scan.ts';
import { parseSums } from './sums.ts';
import type { FileDigest } from './tar.ts';

export interface VerifiedBundle {
  /** The bundle's folder; null if not even that could be read. */
  name: string | null;
  /** Seconds since 1970: the time of every entry. */
  mtime: number | null;
  /** What the archive holds, by file name, in its order. */
  files: ReadonlyMap<string, FileDigest>;
  /** Files that the bundle only names, by absolute path: they are on the target, and were not looked at. */
  onTarget: ReadonlyMap<string, FileDigest>;
  /** The text of bundle.json, intact or not; null if it is not there, or cannot be read. */
  metadata: string | null;
  /** The bytes of SHA256SUMS and of its signature: none of one that is too large; null where it is not there. */
  sums: Uint8Array | null;
  signature: Uint8Array | null;
  compress: TarPacking;
  /** False if there may be entries that could not be read. */
  complete: boolean;
  diagnostics: Diagnostic[];
}

/** What is known of a file that is no bundle. */
export const UNREAD = {
  name: null,
  mtime: null,
  files: new Map<string, FileDigest>(),
  onTarget: new Map<string, FileDigest>(),
  metadata: null,
  sums: null,
  signature: null,
  compress: 'none',
  complete: false,
} as const;

/**
 * Holds a .tar or .tar.gz against its own SHA256SUMS and bundle.json, and its other bytes against what `packBundle`
 * writes. Each problem names the file that it is in; a damaged gzip file is named by offset.
 */
export async function verifyBundle(
  source: AsyncIterable<Uint8Array>,
  onContent?: OnContent,
): Promise<VerifiedBundle> {
  const scan = await scanBundle(source, onContent);
  const diagnostics = [...scan.diagnostics];
  // Of what has not one entry of a bundle, everything would be missing.
  if (!scan.complete && scan.folder === null && scan.damaged.length === 0) {
    return { ...UNREAD, diagnostics };
  }
  const collect = <T>(parse: () => T): T | null => {
    try {
      return parse();
    } catch (error) {
      diagnostics.push(diagnosticOf(error));
      return null;
    }
  };
  const sumsText = collect(() => textOf(scan, SUMS_NAME));
  const sums = sumsText === null ? null : collect(() => parseSums(sumsText));
  const metadata = collect(() => textOf(scan, METADATA_NAME));
  const listing = metadata === null ? null : collect(() => parseListing(metadata));
  const listed = new Set([
    METADATA_NAME,
    SUMS_NAME,
    ...(sums?.keys() ?? []),
    ...(listing?.files.keys() ?? []),
  ]);
  const files = new Map(scan.files.map(({ path, size, sha256 }) => [path, { size, sha256 }]));

  const missing = [...listed].filter((path) => !isOnTarget(path) && !files.has(path));
  const hooks = scan.hooksAt === null && [...listed].some(isHook) ? [HOOKS_FOLDER] : [];
  const damaged = await nameDamaged(scan, [...hooks, ...missing]);
  diagnostics.push(...damaged.diagnostics);
  if (listing !== null && scan.folder !== null && listing.name !== scan.folder) {
    diagnostics.push(otherName(listing, scan.folder));
  }
  diagnostics.push(...checkForm(scan.files));
  if (listing !== null && listing.name === (scan.folder ?? listing.name)) {
    const references = collect(() => checkReferences(listing, (path) => files.has(path)));
    diagnostics.push(...(references ?? []));
    if (references !== null) diagnostics.push(...(await checkMetadata(listing)));
  }
  for (const path of new Set([...files.keys(), ...listed])) {
    if (!isListable(path)) {
      diagnostics.push(badPath(path, sums?.has(path) ? SUMS_NAME : METADATA_NAME));
      continue;
    }
    // What was not read cannot be missed.
    const unread = damaged.paths.has(path) || (!scan.complete && !files.has(path)) || isOnTarget(path);
    const content = files.get(path) ?? (unread ? 'unread' : 'missing');
    diagnostics.push(...compareDigests(path, { content, sums, listing: listing?.files ?? null }));
  }
  const onTarget = new Map([...(listing?.files ?? [])].filter(([path]) => isOnTarget(path)));
  const bytesOf = (name: string): Uint8Array | null => {
    const file = scan.files.find(({ path }) => path === name);
    return file === undefined ? null : (file.content ?? new Uint8Array(0));
  };
  return {
    name: scan.folder,
    mtime: scan.mtime,
    files,
    onTarget,
    metadata,
    sums: bytesOf(SUMS_NAME),
    signature: bytesOf(SIGNATURE_NAME),
    compress: scan.compress,
    complete: scan.complete && scan.damaged.length === 0,
    diagnostics,
  };
}

const isOnTarget = (path: string): boolean => path.startsWith('/');

/** @throws InputError `bundle/metadata` or `bundle/sums` for what is no text, or too much */
function textOf({ files }: Scan, path: string): string | null {
  const file = files.find((candidate) => candidate.path === path);
  if (!file) return null;
  const code = path === SUMS_NAME ? 'bundle/sums' : 'bundle/metadata';
  if (file.content === null)
    throw new InputError(code, `${path} is too large (${file.size} bytes)`, { fix: COPY_AGAIN });
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file.content);
  } catch {
    throw new InputError(code, `${path} is not UTF-8`, { fix: COPY_AGAIN });
  }
}

/** So many bytes of a path may be wrong for it to be recognized among the files that are missing. */
const PATH_DAMAGE = 2;

/** Says which entries the damaged headers belong to: to the missing file that is written most alike. */
async function nameDamaged(
  { damaged, folder, mtime }: Scan,
  missing: readonly string[],
): Promise<{ paths: Set<string>; diagnostics: Diagnostic[] }> {
  const paths = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  const candidates: { path: string; intact: Uint8Array }[] = [];
  for (const path of damaged.length === 0 ? [] : missing) {
    if (folder === null || !(path === HOOKS_FOLDER || isFileName(path))) continue;
    const intact = await encodeHeader({ folder, path, size: 0, mtime: mtime ?? 0, executable: false });
    candidates.push({ path, intact });
  }
  for (const { offset, block } of damaged) {
    let best: { path: string; distance: number } | null = null;
    for (const { path, intact } of offset === 0 ? [] : candidates) {
      if (paths.has(path)) continue;
      const distance = pathDistance(intact, block);
      if (distance < (best?.distance ?? PATH_DAMAGE + 1)) best = { path, distance };
    }
    if (best) paths.add(best.path);
    // The folder's own entry is the first one.
    const name = best?.path ?? (offset === 0 && folder !== null ? `${folder}/` : pathIn(block));
    diagnostics.push({
      code: 'bundle/header',
      severity: 'error',
      message: `the tar header of ${shown(name)} is damaged (offset ${offset} of the tar)`,
      fix: COPY_AGAIN,
    });
  }
  return { paths, diagnostics };
}

/** What tools read of bundle.json, and launch.sh does not. */
async function checkMetadata({ json }: Listing): Promise<Diagnostic[]> {
  // The schema takes long to load.
  const { malformedKey } = await import('./read-metadata.ts');
  const key = malformedKey(json, json.format === MACHINE_FORMAT);
  return key === null ? [] : [malformed(key).diagnostic];
}

const otherName = ({ name }: Listing, folder: string): Diagnostic => ({
  code: 'bundle/metadata',
  severity: 'error',
  message: `${METADATA_NAME} is for a bundle called ${shown(name)}, but the folder is called ${shown(folder)}`,
  fix: COPY_AGAIN,
});
