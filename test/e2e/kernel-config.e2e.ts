import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { examineKernel, InputError } from '../../src/core.ts';
import { CLI } from './boot/bundle.ts';
import {
  buildKernels,
  COMPRESSIONS,
  debianKernel,
  imagePath,
  PLAIN,
  readConfig,
  type DebianFlavour,
  type KernelName,
} from './kernels.ts';
import { parseReport } from '../helpers/output.ts';

const run = promisify(execFile);

/** What of `inspect --json` tells one kernel from another. */
interface Described {
  kind: string;
  version: string | null;
  payload?: { compression: string };
  config: { status: string; jailhouseGuest: string | null };
}

async function inspect(image: string): Promise<Described> {
  const { stdout } = await run(process.execPath, [CLI, 'inspect', '--json', image]);
  return parseReport(stdout, 0).subjects[0]!.content as Described;
}

async function extract(image: string) {
  const { embedded } = await examineKernel(await readFile(image));
  if (embedded instanceof InputError) throw embedded;
  return embedded;
}

/** The compression that a `.config` asks for. */
const compressionIn = (config: string): string | undefined =>
  /^CONFIG_KERNEL_(GZIP|BZIP2|LZMA|XZ|LZO|LZ4|ZSTD)=y$/m.exec(config)?.[1]?.toLowerCase();

describe('one kernel in every compression', () => {
  beforeAll(buildKernels);

  test.each(COMPRESSIONS)('%s: the config in it is that of its build, byte for byte', async (compression) => {
    const config = await readConfig(compression);
    expect(compressionIn(config.toString())).toBe(compression);
    const embedded = await extract(imagePath(compression));
    expect(embedded.kind).toBe('found');
    expect(embedded.kind === 'found' && config.equals(embedded.text)).toBe(true);
  });

  test.each(PLAIN)('%s: without a config in it, that is said', async (compression) => {
    expect(await extract(imagePath(`${compression}-plain`))).toEqual({ kind: 'not-built-in' });
  });

  const NAMES = [
    ...COMPRESSIONS.map((name) => [name, name, 'embedded'] as const),
    ...PLAIN.map((name) => [`${name}-plain`, name, 'not-built-in'] as const),
  ] satisfies (readonly [KernelName, string, string])[];

  test.each(NAMES)('inspect tells what %s is', async (name, compression, status) => {
    const config = (await readConfig(name)).toString();
    const [, version] = /^# Linux\/x86_64 (\S+) Kernel Configuration$/m.exec(config)!;
    const described = await inspect(imagePath(name));
    expect(described.kind).toBe('bzImage');
    expect(described.version).toMatch(`${version!} (guest@example) #1 `);
    expect(described.payload!.compression).toBe(compression);
    expect(described.config.status).toBe(status);
    if (status === 'embedded') expect(described.config.jailhouseGuest).toBe('CONFIG_JAILHOUSE_GUEST=y');
  });
});

describe('Debian’s kernels', () => {
  test.each<[DebianFlavour, string]>([
    ['amd64', 'bzImage'],
    ['cloud-amd64', 'bzImage'],
    ['arm64', 'Image'],
  ])('inspect tells what %s is, and that no config is in it', async (flavour, kind) => {
    const { image, release, config } = await debianKernel(flavour);
    const described = await inspect(image);
    expect(described.kind).toBe(kind);
    expect(described.version?.split(' ')[0]).toBe(release);
    expect(described.payload?.compression).toBe(compressionIn(config));
    expect(described.config?.status).toBe('not-built-in');
  });
});
