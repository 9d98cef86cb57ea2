import type { BundleMetadata, MachineMetadata } from '../bundle/read-metadata.ts';
import type { FileDigest } from '../bundle/tar.ts';
import type { InitrdPackages } from '../formats/initrd/packages.ts';

/** A bundle that is intact, about which something is to be said. */
export interface ReleasedBundle {
  /** The name of its file, without folders. */
  file: string;
  /** Of that file. */
  digest: FileDigest;
  /** Seconds since 1970: of the files in it. */
  mtime: number;
  /** The same, of the documents about it. */
  time: number;
  /** Of the bundle's folder. */
  name: string;
  metadata: BundleMetadata | MachineMetadata;
  /** In the archive's order. */
  files: ReadonlyMap<string, FileDigest>;
  /** Files that it only names, by absolute path. */
  onTarget: ReadonlyMap<string, FileDigest>;
  /** What is installed in initrds that are in it, by their names; not there: no database was found. */
  packages: ReadonlyMap<string, InitrdPackages>;
}

/** `1980-01-01T00:00:00Z`. */
export const timestamp = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
