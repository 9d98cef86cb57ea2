import { execFile } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decoderOf } from '../../src/formats/compression/decode.ts';
import type { Fault } from '../../src/formats/compression/decoder.ts';
import { detectCompression } from '../../src/formats/compression/detect.ts';
import { InputError } from '../../src/base/diagnostic.ts';

const run = promisify(execFile);
const MIB = 1 << 20;
const fault: Fault = (why) => new InputError('kernel/payload', `the data ${why}`);

const random = createCipheriv('aes-128-ctr', new Uint8Array(16), new Uint8Array(16)).update(
  Buffer.alloc(MIB),
);
/** Bytes of one kind each, so that every form that the packers know comes up. */
const INPUTS: Readonly<Record<string, Buffer>> = {
  empty: Buffer.alloc(0),
  byte: Buffer.of(7),
  zeros: Buffer.alloc(9 * MIB),
  full: Buffer.alloc(8 * MIB, 'eight MiB, which is a block of lz4'),
  random,
  /** Few symbols: long codes, short matches. */
  digits: Buffer.from(random.toString('hex').replaceAll(/[a-f]/g, '0')),
  /** Matches at all distances, between bytes that do not repeat. */
  mixed: Buffer.concat(
    Array.from({ length: 1000 }, (_, index) =>
      random.subarray((index * 7919) % (MIB / 2), ((index * 7919) % (MIB / 2)) + (index % 1500)),
    ),
  ),
};

const PACKERS = [
  'gzip -1',
  'gzip -9',
  'bzip2 -1',
  'bzip2 -9',
  'lz4 -l -1',
  'lz4 -l -9',
  'lzop -1',
  'lzop -3',
  'lzop -9',
  'lzop -9 --crc32',
  'zstd -1',
  'zstd -19 --no-check',
  // The window of `-22 --ultra`, which takes half a minute; that itself packs one of the kernels of kernel-config.
  'zstd -1 --long=27',
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'compression-'));
  for (const [name, bytes] of Object.entries(INPUTS)) await writeFile(path.join(folder, name), bytes);
});
afterAll(async () => rm(folder, { recursive: true }));

test.each(PACKERS)('what `%s` packed is unpacked', async (command) => {
  for (const [name, bytes] of Object.entries(INPUTS)) {
    // As the kernel's build does it: through a pipe.
    await run('/bin/sh', ['-c', `${command} -c <${name} >packed`], { cwd: folder });
    const packed = await readFile(path.join(folder, 'packed'));
    const compression = detectCompression(packed);
    if (compression === 'none' || compression === 'unknown')
      throw new Error(`${command} packs to nothing known`);
    const decode = await decoderOf(compression);
    const unpacked = await decode(packed, bytes.length, fault);
    expect(unpacked.consumed, name).toBe(packed.length);
    expect(Buffer.compare(unpacked.bytes, bytes), name).toBe(0);
  }
});
