import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { CLI } from './bundle.ts';

const run = promisify(execFile);

/** What the YAML files of a cell and of its manifest hold. */
export interface Variant {
  cell: object;
  manifest: object;
}

/** What `boot --force` prints of a manifest. */
export interface BootReport {
  findings: { rule: string; severity: string }[];
  subjects: {
    verdict: 'booted' | 'died' | 'refused' | 'undecided' | 'not-run';
    line: string | null;
    userSpace: boolean | null;
    console: string[];
    assumed: string[];
    qemu: { cpu: number; memory: number | null } | null;
  }[];
}

/** Starts a manifest, whatever `check` says of it. */
export async function bootManifest(manifest: string, options: readonly string[] = []): Promise<BootReport> {
  const args = ['boot', '--force', '--json', ...options, manifest];
  const { stdout } = await run(process.execPath, [CLI, ...args]).catch(
    (error: { stdout: string; stderr: string }) => {
      if (error.stdout === '') throw new Error(`${args.join(' ')}: ${error.stderr}`);
      return error;
    },
  );
  return JSON.parse(stdout) as BootReport;
}

/** Writes a variant to a folder of its own. @returns the manifest's path */
export async function writeVariant(folder: string, { cell, manifest }: Variant): Promise<string> {
  await mkdir(folder, { recursive: true });
  // JSON is YAML.
  await writeFile(path.join(folder, 'cell.jailhouse.yaml'), JSON.stringify(cell));
  const file = path.join(folder, 'variant.cell.yaml');
  await writeFile(file, JSON.stringify({ cell: 'cell.jailhouse.yaml', ...manifest }));
  return file;
}
