import type { ZSTDDecoder } from 'zstddec/stream';
import { beyondLimit, type Decoder, type StreamDecoder } from './decoder.ts';
import { InputError } from '../../base/diagnostic.ts';
import { walkFrame } from './zstd-frame.ts';

/** The decoder keeps input and output in 2 GiB of its own, and writes over itself where they do not fit. */
const MAX_MEMORY = 0x6000_0000;

/** The low half of XXH64 of nothing. */
const EMPTY_CHECKSUM = [0x99, 0xe9, 0xd8, 0x51];

/**
 * zstddec would fetch its code from a data: URL, and to load fetch takes Node longer than to unpack a kernel. It looks for
 * fetch when it is started, before anything else can run.
 */
async function startDecoder(): Promise<ZSTDDecoder> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const decoder = new ZSTDDecoder();
  const fetch = Object.getOwnPropertyDescriptor(globalThis, 'fetch');
  let started: Promise<void>;
  try {
    if (fetch?.configurable) Reflect.deleteProperty(globalThis, 'fetch');
    started = decoder.init();
  } finally {
    if (fetch?.configurable) Object.defineProperty(globalThis, 'fetch', fetch);
  }
  await started;
  return decoder;
}

/**
 * One frame of Zstandard (RFC 8878): Linux, too, takes more frames for something else. Its checksum is verified if it
 * has one.
 */
export const decodeZstd = (async (data, limit, fault) => {
  const { length, contentSize, bound, checksum } = walkFrame(data, fault);
  const tooLong = beyondLimit(limit);
  if ((contentSize ?? 0) > limit) throw fault(tooLong);
  if (bound === 0) {
    if (checksum?.some((byte, index) => byte !== EMPTY_CHECKSUM[index])) {
      throw fault('is damaged (zstd: its checksum does not match)');
    }
    return { bytes: new Uint8Array(), consumed: length };
  }

  // zstddec writes no further than it is told, but for 0 it would guess.
  const room = Math.max(1, Math.min(contentSize ?? bound, limit));
  if (length + room > MAX_MEMORY) throw fault(`may need ${room} bytes unpacked, which is too much`);
  const decoder = await startDecoder();
  const bytes = decoder.decode(data.subarray(0, length), room);
  // Whatever is wrong, it returns nothing.
  if (bytes.length === 0) {
    throw fault(`is damaged (zstd)${contentSize === null && bound > limit ? `, or ${tooLong}` : ''}`);
  }
  if (bytes.length > limit) throw fault(tooLong);
  if (contentSize !== null && bytes.length !== contentSize) {
    throw fault(`is damaged (zstd: it unpacks to ${bytes.length} bytes, and its header says ${contentSize})`);
  }
  return { bytes, consumed: length };
}) satisfies Decoder;

/** What zstd keeps by itself, and Linux too (ZSTD_WINDOWLOG_LIMIT_DEFAULT). */
const MAX_WINDOW = 1 << 27;
const PIECE = 1 << 20;
/** A frame that readers skip, without content. The decoder stops with its input; with more of it, it gives all output. */
const SKIPPED = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0);
/** Where it cannot go on, it would try for ever. */
const MOST_IDLE = 4;

function* piecesOf(data: Uint8Array): Generator<Uint8Array, void> {
  for (let at = 0; at < data.length; at += PIECE) yield data.subarray(at, at + PIECE);
  yield SKIPPED;
}

/** The same in pieces. */
export const streamZstd = async function* (data, fault) {
  const { length, contentSize, window } = walkFrame(data, fault);
  if (window > MAX_WINDOW) return null;
  const decoder = await startDecoder();
  let size = 0;
  let idle = 0;
  try {
    for (const piece of decoder.decodeStreaming(piecesOf(data.subarray(0, length)))) {
      idle = piece.length === 0 ? idle + 1 : 0;
      if (idle > MOST_IDLE) throw fault('is damaged (zstd)');
      size += piece.length;
      yield piece;
    }
  } catch (error) {
    throw error instanceof InputError ? error : fault('is damaged (zstd)');
  }
  if (contentSize !== null && size !== contentSize) {
    throw fault(`is damaged (zstd: it unpacks to ${size} bytes, and its header says ${contentSize})`);
  }
  return length;
} satisfies StreamDecoder;
