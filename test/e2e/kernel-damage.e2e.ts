import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { extractKernelConfig, InputError, parseBzImage } from '../../src/core.ts';
import { unpackPayload } from '../../src/kernel/payload.ts';
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

/** What `read` gives; `null` if it says that the kernel is damaged. */
async function unlessDamaged<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(['kernel/payload', 'kernel/ikconfig']).toContain(error.diagnostic.code);
    return null;
  }
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
    const read = () => extractKernelConfig(damaged, parseBzImage(damaged));
    const found = await unlessDamaged(read);
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
