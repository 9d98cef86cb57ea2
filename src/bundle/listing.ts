import { InputError } from '../base/diagnostic.ts';
import { FILES_LIMIT, MACHINE_FORMAT, METADATA_FORMAT, METADATA_NAME, shown } from './names.ts';
import type { FileDigest } from './tar.ts';

/** What bundle.json says of the bundle's files, and of those on the target (by absolute path). */
export interface Listing {
  name: string;
  files: ReadonlyMap<string, FileDigest>;
  /** All of it. */
  json: Readonly<Record<string, unknown>>;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws InputError `bundle/metadata` */
export function parseListing(text: string): Listing {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw unreadable(`is not JSON (${shown(error instanceof Error ? error.message : String(error))})`);
  }
  if (!isObject(json)) throw unreadable('is not a JSON object');
  if (json.format !== METADATA_FORMAT && json.format !== MACHINE_FORMAT) {
    const found = shown(JSON.stringify(json.format) ?? 'nothing');
    throw unreadable(
      `has the format ${found}, and this version reads ${METADATA_FORMAT} and ${MACHINE_FORMAT}`,
    );
  }
  if (typeof json.name !== 'string') throw unreadable(`has no 'name'`);
  if (!isObject(json.files)) throw unreadable(`has no 'files'`);
  const listed = Object.entries(json.files);
  if (listed.length > FILES_LIMIT) {
    throw unreadable(`lists ${listed.length} files (${FILES_LIMIT} are allowed)`);
  }
  const files = new Map<string, FileDigest>();
  for (const [path, digest] of listed) files.set(path, parseDigest(path, digest));
  return { name: json.name, files, json };
}

function parseDigest(path: string, value: unknown): FileDigest {
  if (isObject(value)) {
    const { size, sha256 } = value;
    const fits = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
    if (fits && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256)) return { size, sha256 };
  }
  throw unreadable(`does not give size and digest for ${shown(path)}`);
}

const unreadable = (what: string): InputError =>
  new InputError('bundle/metadata', `${METADATA_NAME} ${what}`, {
    fix: 'use the jailhouse-bundle that wrote the bundle or a newer one; else copy or build the bundle again',
  });
