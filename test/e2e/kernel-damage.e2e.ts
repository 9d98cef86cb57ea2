import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import {
  examineKernel,
  InputError,
  parseBzImage,
  type EmbeddedConfig,
  type ExaminedKernel,
} from '../../src/core.ts';
import { unpackPayload } from '../../src/formats/kernel/payload.ts';
import { buildKernels, COMPRESSIONS, imagePath, readConfig } from './kernels.ts';

const PLACES = 50;

/** These say nothing of the bytes that they hold: what guards the config then is its own CRC-32. */
const WITHOUT_CHECKSUM: ReadonlySet<string> = new Set(['lzma', 'lz4']);

/** The first and last eight bytes of a payload, where headers, checksums and sizes are, and places spread between. */
function placesIn(length: number): number[] {
  const edge = 8;
  const between = PLACES - 2 * edge;
  return Array.from({ length: PLACES }, (_, index) => {
    if (index < edge) return index;
    if (index < 2 * edge) return length - 1 - (index - edge);
    return Math.floor(((index - 2 * edge + 0.5) / between) * length);
  });
}

/** What was found; `null` if the kernel is said to be damaged. */
function unlessDamaged(embedded: ExaminedKernel['embedded']): EmbeddedConfig | null {
  if (!(embedded instanceof InputError)) return embedded;
  expect(['kernel/payload', 'kernel/ikconfig']).toContain(embedded.diagnostic.code);
  return null;
}

beforeAll(buildKernels);

test.each(COMPRESSIONS)('%s: a flipped bit is an error, or changes nothing', async (compression) => {
  const sound = await readFile(imagePath(compression));
  const config = await readConfig(compression);
  const image = parseBzImage(sound);
  const whole = await unpackPayload(sound, image);
  if (whole.kind !== 'unpacked') throw new Error(`${compression} is not unpacked`);
  const { offset, length } = image.payload!;
  let refused = 0;
  for (const [index, place] of placesIn(length).entries()) {
    const damaged = Buffer.from(sound);
    damaged[offset + place]! ^= 1 << (index % 8);
    const where = `byte ${place} of ${length}, bit ${index % 8}`;
    const { embedded } = await examineKernel(damaged);
    const found = unlessDamaged(embedded);
    // Without its magic, nothing is known of it.
    if (found === null || found.kind === 'not-decodable') {
      refused++;
      continue;
    }
    expect(found.kind, where).toBe('found');
    expect(found.kind === 'found' && config.equals(found.text), where).toBe(true);
    if (WITHOUT_CHECKSUM.has(compression)) continue;
    const unpacked = await unpackPayload(damaged, image);
    expect(unpacked.kind === 'unpacked' && Buffer.compare(unpacked.bytes, whole.bytes), where).toBe(0);
  }
  // Most of a payload is data: where nothing is refused, nothing is checked.
  expect(refused).toBeGreaterThan(0);
});
