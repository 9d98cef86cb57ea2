import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../../src/base/bytes.ts';
import { InputError } from '../../../src/base/diagnostic.ts';
import { examineKernel } from '../../../src/formats/kernel/examine.ts';
import type { EmbeddedConfig } from '../../../src/formats/kernel/ikconfig.ts';
import { GOOD_CONFIG, makeKernel, makeVmlinux, type KernelFile } from '../../helpers/kernel-evidence.ts';
import { sample } from '../../helpers/packed-samples.ts';
import { packXz } from '../../helpers/xz-parts.ts';
import { RUNS } from '../../helpers/runs.ts';
import { utf8 } from '../../helpers/bytes.ts';

async function extract(kernel: KernelFile): Promise<EmbeddedConfig> {
  const { embedded } = await examineKernel(makeKernel(kernel).file);
  if (embedded instanceof InputError) throw embedded;
  return embedded;
}

/** What the build puts behind a payload that is not gzip: its unpacked size. */
const sizeWord = (size: number): Uint8Array => new Uint8Array(Uint32Array.of(size).buffer);

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('the config inside a bzImage', () => {
  it('gives the config of a gzip-packed kernel, whatever its text', () =>
    fc.assert(
      fc.asyncProperty(fc.string(), async (config) => {
        const found = await extract({ payload: gzipSync(makeVmlinux(config)) });
        expect(found.kind === 'found' && textOf(found.text)).toBe(config);
      }),
      { numRuns: RUNS },
    ));

  it('gives the config of a kernel that is not packed', async () => {
    const found = await extract({ payload: makeVmlinux(GOOD_CONFIG) });
    expect(found.kind === 'found' && textOf(found.text)).toBe(GOOD_CONFIG);
  });

  it('gives the config of a kernel packed with xz', async () => {
    const kernel = makeVmlinux(GOOD_CONFIG);
    const payload = concatBytes([packXz(kernel), sizeWord(kernel.length)]);
    const found = await extract({ payload });
    expect(found.kind === 'found' && textOf(found.text)).toBe(GOOD_CONFIG);
  });

  it('unpacks lzma', async () => {
    const payload = concatBytes([sample('text.lzma'), sizeWord(sample('text.bin').length)]);
    expect(await extract({ payload })).toEqual({ kind: 'not-built-in' });
  });

  it('says that none is built in', async () => {
    expect(await extract({ payload: gzipSync(makeVmlinux(null)) })).toEqual({ kind: 'not-built-in' });
  });

  it('says that the payload is packed in an unknown way', async () => {
    const payload = utf8('unknown magic');
    expect(await extract({ payload })).toEqual({ kind: 'not-decodable', compression: 'unknown' });
  });

  it('says that an old boot protocol does not locate the payload', async () => {
    const kernel = { payload: gzipSync(makeVmlinux(GOOD_CONFIG)), protocol: 0x207 };
    expect(await extract(kernel)).toEqual({
      kind: 'not-located',
      because: "boot protocol 2.07 does not say where the image's payload is",
    });
  });

  it('unpacks without a size to go by, before protocol 2.10', async () => {
    const kernel = { payload: gzipSync(makeVmlinux(GOOD_CONFIG)), protocol: 0x209 };
    expect((await extract(kernel)).kind).toBe('found');
  });

  const good = gzipSync(makeVmlinux(GOOD_CONFIG));
  const inner = (change: (config: Uint8Array) => Uint8Array): Uint8Array => {
    const marker = (text: string) => Buffer.from(text, 'latin1');
    return gzipSync(
      concatBytes([marker('IKCFG_ST'), change(gzipSync(utf8(GOOD_CONFIG))), marker('IKCFG_ED')]),
    );
  };

  it.each<[string, KernelFile, string, RegExp]>([
    ['a payload cut short', { payload: good.subarray(0, -1) }, 'kernel/payload', /damaged or cut short/],
    [
      'bytes after the payload',
      { payload: concatBytes([good, new Uint8Array(2)]) },
      'kernel/payload',
      /has 2 bytes after/,
    ],
    [
      'a payload without its size',
      { payload: sample('one.xz') },
      'kernel/payload',
      /gives its size as \d+ bytes/,
    ],
    [
      'another size',
      { payload: concatBytes([sample('one.xz'), sizeWord(2)]) },
      'kernel/payload',
      /unpacks to 1 bytes, and its size word says 2/,
    ],
    [
      'two streams',
      { payload: concatBytes([sample('one.xz'), sample('one.xz'), sizeWord(1)]) },
      'kernel/payload',
      /has 60 bytes after the end of its xz stream/,
    ],
    [
      'a payload larger than init_size',
      { payload: good, initSize: 4096 },
      'kernel/payload',
      /more than 4096 bytes/,
    ],
    [
      'another CRC',
      { payload: good.map((byte, at) => byte ^ +(at === good.length - 5)) },
      'kernel/payload',
      /data check/,
    ],
    [
      'a config cut short',
      { payload: inner((config) => config.subarray(0, -9)) },
      'kernel/ikconfig',
      /cut short/,
    ],
    [
      'junk after the config',
      { payload: inner((config) => concatBytes([config, utf8('\0')])) },
      'kernel/ikconfig',
      /1 byte after/,
    ],
    [
      'a config without its end',
      { payload: gzipSync(concatBytes([utf8('IKCFG_ST'), gzipSync('')])) },
      'kernel/ikconfig',
      /no end/,
    ],
    [
      'a config bomb',
      { payload: inner(() => gzipSync(Buffer.alloc(8 << 20))) },
      'kernel/ikconfig',
      /more than 4194304 bytes/,
    ],
  ])('refuses %s', async (_, kernel, code, why) => {
    await expect(extract(kernel)).rejects.toMatchObject({
      name: 'InputError',
      diagnostic: { code, message: expect.stringMatching(why) as string, fix: expect.any(String) as string },
    });
  });
});
