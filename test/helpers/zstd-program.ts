import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ZSTDDecoder } from 'zstddec/stream';
import { decodeZstd, streamZstd } from '../../src/formats/compression/zstd.ts';

// A process of its own, in which zstddec is started by somebody else, or cannot be started without fetch.
// zstd-program.ts other|fetch FILE...: JSON of what comes of each file, and of how much more memory is kept.

const [how, ...files] = process.argv.slice(2);
if (how === 'other') await new ZSTDDecoder().init();
else Object.defineProperty(globalThis, 'fetch', { value: globalThis.fetch, configurable: false });

const refusal = (why: string): never => {
  throw Object.assign(new Error(why), { isFault: true });
};

async function inPieces(data: Uint8Array) {
  const pieces: Uint8Array[] = [];
  try {
    for (const stream = streamZstd(data, refusal); ;) {
      const { done, value } = await stream.next();
      if (!done) pieces.push(value.slice());
      else {
        const sha256 = createHash('sha256').update(Buffer.concat(pieces)).digest('hex');
        return { sha256, consumed: value, largest: Math.max(0, ...pieces.map(({ length }) => length)) };
      }
    }
  } catch (error) {
    if (!(error as { isFault?: true }).isFault) throw error;
    return (error as Error).message;
  }
}

/** 8 MiB of nothing, with a window as large, and then a block that makes no sense. */
const zeros = Array.from({ length: 64 }, () => Buffer.from('02001000', 'hex'));
const DAMAGED = Buffer.concat([
  Buffer.from('28b52ffd0068', 'hex'),
  ...zeros,
  Buffer.from('250000ffffffff', 'hex'),
]);

/** 1 GB of nothing. */
const ENDLESS = Buffer.concat([
  Buffer.from('28b52ffd0088', 'hex'),
  ...Array.from({ length: 8000 }, () => Buffer.from('02001000', 'hex')),
  Buffer.from('010000', 'hex'),
]);

/** MiB that the process has more than before. */
async function growthOf(times: number, job: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  for (let run = 0; run < times; run++) await job();
  return (process.memoryUsage().rss - before) / (1 << 20);
}

const outcomes = [];
for (const file of files) {
  const data = readFileSync(file);
  const damaged = Buffer.from(data);
  damaged[data.length - 1]! ^= 1;
  outcomes.push({
    whole: await inPieces(Buffer.concat([data, Buffer.from('more')])),
    damaged: await inPieces(damaged),
    cut: await inPieces(data.subarray(0, data.length >> 1)),
    after: (await decodeZstd(data, 1 << 28, refusal)).consumed,
  });
}
const said = await inPieces(DAMAGED);
const endless = await inPieces(ENDLESS);
const growth = await growthOf(40, () => inPieces(DAMAGED));
process.stdout.write(JSON.stringify({ outcomes, said, endless, growth }));
