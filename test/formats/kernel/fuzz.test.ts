import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/base/diagnostic.ts';
import type { KernelImage } from '../../../src/formats/kernel/recognise.ts';
import { parseCmdline, requestedUarts } from '../../../src/formats/kernel/cmdline.ts';
import { serialConsole } from '../../../src/formats/kernel/consoles.ts';
import { findKernelConfig } from '../../../src/formats/kernel/ikconfig.ts';
import { parseKernelConfig } from '../../../src/formats/kernel/kconfig.ts';
import { unpackPayload } from '../../../src/formats/kernel/payload.ts';
import { GOOD_CONFIG, makeKernel, makeVmlinux } from '../../helpers/kernel-evidence.ts';
import { RUNS } from '../../helpers/runs.ts';
import { utf8 } from '../../helpers/bytes.ts';

const DEBIAN = readFileSync(new URL('../../fixtures/kernel/debian-6.1-amd64.config', import.meta.url));

type Edit = { at: number; remove: number; insert: Uint8Array };

/** One to four places changed: a byte replaced, bytes cut out, bytes put in. */
const edits = fc.array(
  fc.record({
    at: fc.nat(),
    remove: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 3 }) }, fc.nat(5000)),
    insert: fc.uint8Array({ maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 4 },
);

const mutate = (bytes: Uint8Array, changes: readonly Edit[]): Uint8Array =>
  changes.reduce<Uint8Array>((result, { at, remove, insert }) => {
    const start = at % (result.length + 1);
    return Buffer.concat([result.subarray(0, start), insert, result.subarray(start + remove)]);
  }, bytes);

/** What a run gives, or the code of its error; anything but an InputError fails the test. */
async function outcome<T>(run: () => T | Promise<T>): Promise<T | string> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof InputError) return error.diagnostic.code;
    throw error;
  }
}

async function extract(file: Uint8Array, image: KernelImage) {
  const payload = await unpackPayload(file, image);
  return payload.kind === 'unpacked' ? findKernelConfig(payload.bytes) : payload;
}

const fuzz = (seeds: readonly Uint8Array[], check: (bytes: Uint8Array) => Promise<void> | void) =>
  fc.assert(
    fc.asyncProperty(fc.constantFrom(...seeds), edits, async (seed, changes) => check(mutate(seed, changes))),
    { numRuns: RUNS },
  );

describe('mutated input gives an error or a right result', () => {
  it('parseKernelConfig', () =>
    fuzz([DEBIAN, utf8(GOOD_CONFIG), gzipSync(DEBIAN)], async (bytes) => {
      const result = await outcome(() => parseKernelConfig(bytes));
      if (typeof result === 'string') expect(result).toBe('kernel/config-format');
      else expect(result.symbols.size).toBeGreaterThan(0);
    }));

  it('the config inside a bzImage', async () => {
    const seeds = [GOOD_CONFIG, null].map((config) => gzipSync(makeVmlinux(config)));
    await fuzz(seeds, async (payload) => {
      const { file, image } = makeKernel({ payload });
      const result = await outcome(() => extract(file, image));
      if (typeof result === 'string') expect(result).toMatch(/^kernel\/(payload|ikconfig)$/);
      // The CRC lets no other text through.
      else if (result.kind === 'found') expect(result.text).toEqual(Buffer.from(GOOD_CONFIG));
    });
  });

  it('findKernelConfig', () => {
    const vmlinux = makeVmlinux(GOOD_CONFIG);
    return fuzz([vmlinux], async (bytes) => {
      const result = await outcome(() => findKernelConfig(bytes));
      if (typeof result === 'string') expect(result).toBe('kernel/ikconfig');
      else if (result.kind === 'found') expect(Buffer.from(result.text).toString()).toBe(GOOD_CONFIG);
      else expect(result.kind).toBe('not-built-in');
    });
  });

  it('parseCmdline', () =>
    fuzz([utf8('console=ttyS0,115200 root="a b" -- "x=1 2" 8250.nr_uarts=0x2')], (bytes) => {
      const cmdline = parseCmdline(Buffer.from(bytes).toString('utf8'));
      for (const { name } of cmdline.parameters) expect(name).not.toContain('\0');
      const found = serialConsole(cmdline);
      expect(found?.line ?? 0).toBeGreaterThanOrEqual(0);
      expect(requestedUarts(cmdline) ?? 0).toBeGreaterThanOrEqual(0);
    }));
});
