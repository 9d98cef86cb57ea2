import { beforeAll, expect, test } from 'vitest';
import { ZSTDDecoder } from 'zstddec/stream';
import { InputError } from '../../../src/base/diagnostic.ts';
import type { Fault } from '../../../src/formats/compression/decoder.ts';
import { decodeZstd, streamZstd } from '../../../src/formats/compression/zstd.ts';
import { contentOf, packed } from '../../helpers/packed.ts';

// Modules are started once a process, so this has a file of its own.
beforeAll(() => new ZSTDDecoder().init());

const fault: Fault = (why) => new InputError('kernel/payload', why);

async function inPieces(data: Uint8Array) {
  const pieces: Uint8Array[] = [];
  const stream = streamZstd(data, fault);
  for (;;) {
    const { done, value } = await stream.next();
    if (done) return { bytes: Buffer.concat(pieces), consumed: value };
    expect(value.length).toBeLessThan(1 << 20);
    pieces.push(value.slice());
  }
}

test.each(['empty.piped.zst', 'text.19.zst', 'text.unchecked.zst', 'repeats.piped.zst', 'large.19.zst'])(
  'streams %s where another package started the decoder',
  async (name) => {
    const data = packed(name);
    const { bytes, consumed } = await inPieces(Buffer.concat([data, Buffer.from('more')]));
    expect({ isSame: bytes.equals(contentOf(name)), consumed }).toEqual({
      isSame: true,
      consumed: data.length,
    });
    expect((await decodeZstd(data, 1 << 28, fault)).consumed).toBe(data.length);
  },
);

test('refuses what is damaged', async () => {
  const data = packed('text.19.zst');
  data[data.length - 1]! ^= 1;
  await expect(inPieces(data)).rejects.toThrow('is damaged (zstd)');
  data[Math.floor(data.length / 2)]! ^= 0x10;
  await expect(inPieces(data)).rejects.toThrow('is damaged (zstd)');
  await expect(inPieces(data.subarray(0, 200))).rejects.toThrow('is cut short (zstd)');
});

test('keeps no memory of streams that are left early', async () => {
  const blocks = 8000;
  // Runs of 128 KiB with a window of 128 MiB: 1 GB.
  const bomb = Buffer.concat([
    Buffer.from('28b52ffd0088', 'hex'),
    ...Array.from({ length: blocks }, (_, at) =>
      Buffer.from(at === blocks - 1 ? '03001041' : '02001041', 'hex'),
    ),
  ]);
  const before = process.memoryUsage().rss;
  for (let run = 0; run < 8; run++) {
    const stream = streamZstd(bomb, fault);
    expect((await stream.next()).done).toBe(false);
    await stream.return(null);
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(300e6);
});
