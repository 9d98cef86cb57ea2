import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const CLI = path.join(import.meta.dirname, '../../../dist/cli.js');

/** A file of the bundle that goes into the cell's memory. */
export interface LoadedFile {
  role: string;
  file: string | null;
  address: string;
  size: number | null;
}

/** The argument string of arm's loader. */
interface LoadedString {
  string: string;
  address: string;
}

/** What the boot tests read of a bundle's bundle.json; addresses and sizes in hex. */
export interface Bundle {
  cmdline: string;
  placement: string;
  load: (LoadedFile | LoadedString)[];
  entry: string;
  /** x86 only. */
  e820: { address: string; size: string; type: number }[];
  files: Record<string, { size: number; sha256: string }>;
  waivers: unknown[];
}

export const readBundle = async (directory: string): Promise<Bundle> =>
  JSON.parse(await readFile(path.join(directory, 'bundle.json'), 'utf8')) as Bundle;

/** All files but Jailhouse's loader, which a bundle need not have. */
export const loadedFiles = ({ load }: Bundle): LoadedFile[] =>
  load.filter((item) => 'role' in item).filter(({ role }) => role !== 'loader');

/** A file of the bundle, or the target's own, which stands at its absolute path. */
export function fileOf({ role, file }: LoadedFile, directory: string): string {
  if (file === null) throw new Error(`the bundle has no file for the ${role}`);
  return path.resolve(directory, file);
}

/** Builds a manifest with the packed tool and unpacks the tarball with GNU tar; gives the bundle's directory. */
export async function buildBundle(manifest: string, output: string): Promise<string> {
  // The tool prints what sha256sum would: digest, two blanks, file.
  const { stdout } = await run(process.execPath, [CLI, 'build', manifest, '-o', output]);
  const tarball = stdout.trimEnd().slice(66);
  await run('tar', ['-C', output, '-xf', tarball]);
  return tarball.replace(/\.tar$/, '');
}
