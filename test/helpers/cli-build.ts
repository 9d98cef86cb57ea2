import { chmod, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The command line, bundled for this run of the tests. */
    cli: string;
  }
}

const ROOT = join(import.meta.dirname, '../..');

/**
 * Bundles src/cli.ts in its chunks, with the libraries that the package has in its own, so that tests run it as a
 * process: each one would search a hundred files otherwise.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'jailhouse-bundle-cli-'));
  await chmod(folder, 0o755);
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await symlink(join(ROOT, 'monitor'), join(folder, 'monitor'));
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/cli.ts'],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: ['tar-stream', 'zstddec'],
    mainFields: ['module', 'main'],
    banner: { js: 'const require = process.getBuiltinModule;' },
    logLevel: 'warning',
  });
  project.provide('cli', join(folder, 'cli.mjs'));
  return () => rm(folder, { recursive: true, force: true });
}
