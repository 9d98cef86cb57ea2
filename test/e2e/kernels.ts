import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Compression } from '../../src/core.ts';

const run = promisify(execFile);
const ROOT = path.join(import.meta.dirname, '../..');
const FOLDER = path.join(ROOT, '.cache/kernels');

/** Those that Linux offers for x86. */
export const COMPRESSIONS = [
  'gzip',
  'bzip2',
  'lzma',
  'xz',
  'lzo',
  'lz4',
  'zstd',
] as const satisfies Compression[];

/** Those in which there is a kernel without a config, too. */
export const PLAIN = ['gzip', 'zstd'] as const satisfies Compression[];

/** A kernel of scripts/build-kernels.sh: its compression, and `-plain` if it has no config built in. */
export type KernelName = (typeof COMPRESSIONS)[number] | `${(typeof PLAIN)[number]}-plain`;

export const imagePath = (name: KernelName): string => path.join(FOLDER, `bzImage-${name}`);

/** The `.config` that the kernel was built with. */
export const readConfig = (name: KernelName): Promise<Buffer> =>
  readFile(path.join(FOLDER, `config-${name}`));

/** Makes the kernels, unless they are there: some minutes. */
export const buildKernels = () => run(path.join(ROOT, 'scripts/build-kernels.sh'));

export interface DebianKernel {
  image: string;
  /** As `uname -r` tells it. */
  release: string;
  config: string;
}

const DEBIAN_FOLDERS = {
  amd64: '.cache/debian-kernel',
  'cloud-amd64': '.cache/debian-kernel/cloud-amd64',
  arm64: '.cache/debian-arm64',
} as const;

export type DebianFlavour = keyof typeof DEBIAN_FOLDERS;

/** Debian's current kernel of a flavour; fetches it, unless it is there. */
export async function debianKernel(flavour: DebianFlavour): Promise<DebianKernel> {
  await run(path.join(ROOT, 'scripts/fetch-debian-kernel.sh'), [flavour]);
  const folder = path.join(ROOT, DEBIAN_FOLDERS[flavour]);
  const read = (name: string) => readFile(path.join(folder, name), 'utf8');
  const release = (await read('package')).trim().replace(/^linux-image-/, '');
  return { image: path.join(folder, 'vmlinuz'), release, config: await read('config') };
}
