import type { ZSTDDecoder } from 'zstddec/stream';
import { beyondLimit, type Decoder, type Fault, type StreamDecoder } from './decoder.ts';
import { walkFrame } from './zstd-frame.ts';

/** The decoder keeps input and output in 2 GiB of its own, and writes over itself where they do not fit. */
const MAX_MEMORY = 0x6000_0000;

/** The low half of XXH64 of nothing. */
const EMPTY_CHECKSUM = [0x99, 0xe9, 0xd8, 0x51];

interface Started {
  module: object;
}

/** The part of WebAssembly that is used; Node's types have none of it. */
interface WebAssemblyApi {
  instantiate(code: Uint8Array, imports: object): Promise<Started>;
  instantiate(module: object, imports: object): Promise<{ exports: ZstdExports }>;
}

const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: WebAssemblyApi };

/**
 * zstddec's code, seen while it is started, for streams with a memory of their own. Not seen where another package started
 * it before, or where `fetch` cannot be taken away.
 */
let started: Promise<Started> | undefined;

/**
 * zstddec would fetch its code from a data: URL, and to load fetch takes Node longer than to unpack a kernel. It looks for
 * fetch when it is started, before anything else can run.
 */
async function startDecoder(): Promise<ZSTDDecoder> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const decoder = new ZSTDDecoder();
  const fetch = Object.getOwnPropertyDescriptor(globalThis, 'fetch');
  const { instantiate } = wasm;
  let ready: Promise<void>;
  try {
    if (fetch?.configurable) Reflect.deleteProperty(globalThis, 'fetch');
    wasm.instantiate = ((code: Uint8Array, imports: object) =>
      (started = instantiate(code, imports))) as typeof instantiate;
    ready = decoder.init();
  } finally {
    wasm.instantiate = instantiate;
    if (fetch?.configurable) Object.defineProperty(globalThis, 'fetch', fetch);
  }
  await ready;
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

/** What zstd's library gives, of which zstddec shows a part (zstd.h). Addresses are numbers in its memory. */
interface ZstdExports {
  memory: { buffer: ArrayBuffer };
  malloc(size: number): number;
  ZSTD_createDCtx(): number;
  ZSTD_DStreamOutSize(): number;
  /** @returns 0 at the end of a frame; an error's code from the top down; else how much it would like to read next */
  ZSTD_decompressStream(context: number, output: number, input: number): number;
}

/** Results from here on are errors: ZSTD_error_maxCode is 120. */
const FIRST_ERROR = 2 ** 32 - 120;

/** A library with memory of its own, which goes with it. */
async function startLibrary(code: Promise<Started>): Promise<ZstdExports> {
  const imports = { env: { emscripten_notify_memory_growth: () => undefined } };
  const { exports } = await wasm.instantiate((await code).module, imports);
  return exports;
}

/** A ZSTD_inBuffer or ZSTD_outBuffer: where it is, its size, and how far it is read or written. */
const BUFFER_SIZE = 12;

/** What a frame unpacks to. @throws the {@link Fault}'s error if it is damaged */
function* unpackWith(library: ZstdExports, frame: Uint8Array, fault: Fault): Generator<Uint8Array, void> {
  const [input, output] = [library.malloc(BUFFER_SIZE), library.malloc(BUFFER_SIZE)];
  const room = library.ZSTD_DStreamOutSize();
  const [piece, unpacked] = [library.malloc(PIECE), library.malloc(room)];
  const context = library.ZSTD_createDCtx();
  // The memory grows, and is another buffer then.
  const view = (): DataView => new DataView(library.memory.buffer);
  const set = (buffer: number, at: number, size: number): void => {
    for (const [index, value] of [at, size, 0].entries()) view().setUint32(buffer + 4 * index, value, true);
  };
  const positionOf = (buffer: number): number => view().getUint32(buffer + 8, true);

  let wanted = 1;
  for (let at = 0; at < frame.length && wanted !== 0; at += PIECE) {
    const packed = frame.subarray(at, at + PIECE);
    new Uint8Array(library.memory.buffer).set(packed, piece);
    set(input, piece, packed.length);
    let isFull = true;
    // Output may be left when all is read.
    while (wanted !== 0 && (isFull || positionOf(input) < packed.length)) {
      set(output, unpacked, room);
      wanted = library.ZSTD_decompressStream(context, output, input) >>> 0;
      if (wanted >= FIRST_ERROR) throw fault('is damaged (zstd)');
      const written = positionOf(output);
      isFull = written === room;
      if (written > 0) yield new Uint8Array(library.memory.buffer).slice(unpacked, unpacked + written);
    }
  }
  if (wanted !== 0) throw fault('is damaged (zstd)');
}

/** Without a library of its own a stream is unpacked as a whole, and stays in memory twice for a moment. */
const MAX_WHOLE = 256 << 20;

/** Streams of zstddec itself give their memory back only at the end of a frame that is not damaged. */
async function* unpackWhole(frame: Uint8Array, fault: Fault): AsyncGenerator<Uint8Array, void> {
  const { bytes } = await decodeZstd(frame, MAX_WHOLE, fault);
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

/** The same in pieces. */
export const streamZstd = async function* (data, fault) {
  const { length, contentSize, bound, window } = walkFrame(data, fault);
  if (window > MAX_WINDOW) return null;
  const frame = data.subarray(0, length);
  await startDecoder();
  if (started === undefined) {
    if ((contentSize ?? bound) > MAX_WHOLE) return null;
    yield* unpackWhole(frame, fault);
    return length;
  }
  let size = 0;
  for (const piece of unpackWith(await startLibrary(started), frame, fault)) {
    size += piece.length;
    yield piece;
  }
  if (contentSize !== null && size !== contentSize) {
    throw fault(`is damaged (zstd: it unpacks to ${size} bytes, and its header says ${contentSize})`);
  }
  return length;
} satisfies StreamDecoder;
