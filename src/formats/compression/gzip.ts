import { isGzip } from './detect.ts';
import { crc32, createInflateRaw, gunzipSync, inflateRawSync } from 'node:zlib';
import {
  beyondLimit,
  refuseRest,
  type Decoder,
  type Fault,
  type StreamDecoder,
  type Unpacked,
} from './decoder.ts';

/** What `info: true` adds to zlib's results, which @types/node leaves out. */
interface GunzipResult {
  buffer: Buffer<ArrayBuffer>;
  engine: { bytesWritten: number };
}

/** Deflate cannot do better than this, so a larger length in the trailer is a lie (RFC 1951). */
const MAX_RATIO = 1032;

/** The output's length as the trailer gives it, if it can be true; one buffer of that size saves zlib a copy. */
function expectedLength(data: Uint8Array, limit: number): number | null {
  if (data.length < 18) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const length = view.getUint32(data.length - 4, true);
  return length <= Math.min(limit, data.length * MAX_RATIO) ? length : null;
}

/** What a buffer can hold on every machine. To ask node:buffer loads all that it has, which takes long. */
const MAX_LENGTH = 2 ** 30 - 1;

/** What zlib makes at a time, where it is not known how much that will be. */
const CHUNK_SIZE = 256 << 10;

/** As much is made in one piece, if a length that may mean other data says so. */
const MAX_PIECE = 32 << 20;

/** One piece for all of the output, if `data` ends with the member; else pieces, which zlib must join. */
function pieceSize(data: Uint8Array, limit: number): number {
  const length = expectedLength(data, limit);
  return length === null || length > MAX_PIECE ? CHUNK_SIZE : Math.max(length + 1, 64);
}

const describe = (error: unknown, limit: number, fault: Fault): unknown => {
  if (!(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ERR_BUFFER_TOO_LARGE') return fault(beyondLimit(limit));
  return fault(`is damaged or cut short (gzip: ${error.message})`);
};

const FLAG = { headerCrc: 0x2, extra: 0x4, name: 0x8, comment: 0x10 } as const;
const TRAILER_SIZE = 8;

/** Where the deflate data of the member begin. */
function headerEnd(data: Uint8Array, fault: Fault): number {
  const damaged = () => fault('is damaged or cut short (gzip: incorrect header check)');
  const flags = data[3];
  if (!isGzip(data) || data[2] !== 8 || flags === undefined || flags >= 0x20) throw damaged();
  let at = 10;
  if ((flags & FLAG.extra) !== 0) at += 2 + ((data[at] ?? 0) | ((data[at + 1] ?? 0) << 8));
  for (const flag of [FLAG.name, FLAG.comment]) {
    if ((flags & flag) === 0) continue;
    const end = data.indexOf(0, at);
    if (end < 0) throw damaged();
    at = end + 1;
  }
  if ((flags & FLAG.headerCrc) !== 0) {
    const crc = (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8);
    if (crc !== (crc32(data.subarray(0, at)) & 0xffff)) throw damaged();
    at += 2;
  }
  if (at + TRAILER_SIZE > data.length) throw damaged();
  return at;
}

/** One member of gzip (RFC 1952), as Linux reads it, whatever follows; its CRC-32 and length are checked. */
export const decodeGzip = ((data, limit, fault) => {
  const start = headerEnd(data, fault);
  let result: GunzipResult;
  try {
    result = inflateRawSync(data.subarray(start), {
      info: true,
      // zlib knows no limit of 0.
      maxOutputLength: Math.max(1, Math.min(limit, MAX_LENGTH)),
      chunkSize: pieceSize(data, limit),
    } as object) as unknown as GunzipResult;
  } catch (error) {
    throw describe(error, limit, fault);
  }
  const bytes = result.buffer;
  if (bytes.length > limit) throw fault(beyondLimit(limit));
  const end = start + result.engine.bytesWritten;
  const damaged = (what: string) => fault(`is damaged or cut short (gzip: ${what})`);
  if (end + TRAILER_SIZE > data.length) throw damaged('unexpected end of file');
  const trailer = new DataView(data.buffer, data.byteOffset + end, TRAILER_SIZE);
  if (trailer.getUint32(0, true) !== crc32(bytes)) throw damaged('incorrect data check');
  if (trailer.getUint32(4, true) !== bytes.length % 2 ** 32) throw damaged('incorrect length check');
  return { bytes, consumed: end + TRAILER_SIZE };
}) satisfies Decoder;

/** One member of gzip in pieces, with the checks of {@link decodeGzip}. */
export const streamGzip = async function* (data, fault) {
  const start = headerEnd(data, fault);
  const damaged = (what: string) => fault(`is damaged or cut short (gzip: ${what})`);
  const inflate = createInflateRaw({ chunkSize: CHUNK_SIZE });
  inflate.end(data.subarray(start));
  let [sum, size] = [0, 0];
  try {
    for await (const piece of inflate as AsyncIterable<Uint8Array>) {
      sum = crc32(piece, sum);
      size += piece.length;
      yield piece;
    }
  } catch (error) {
    throw describe(error, Infinity, fault);
  } finally {
    inflate.destroy();
  }
  const end = start + inflate.bytesWritten;
  if (end + TRAILER_SIZE > data.length) throw damaged('unexpected end of file');
  const trailer = new DataView(data.buffer, data.byteOffset + end, TRAILER_SIZE);
  if (trailer.getUint32(0, true) !== sum) throw damaged('incorrect data check');
  if (trailer.getUint32(4, true) !== size % 2 ** 32) throw damaged('incorrect length check');
  return end + TRAILER_SIZE;
} satisfies StreamDecoder;

/** All members that follow one another; each one's CRC-32 and length are checked. */
function unpackMembers(data: Uint8Array, limit: number, fault: Fault): Unpacked {
  const length = expectedLength(data, limit);
  const options = {
    info: true,
    maxOutputLength: Math.min(limit, MAX_LENGTH),
    ...(length === null ? {} : { chunkSize: Math.max(length + 1, 64) }),
  };
  try {
    const result = gunzipSync(data, options) as unknown as GunzipResult;
    return { bytes: result.buffer, consumed: result.engine.bytesWritten };
  } catch (error) {
    throw describe(error, limit, fault);
  }
}

/**
 * Unpacks gzip data that must fill `data` to its end.
 *
 * @param limit bytes that the output may have
 * @throws the {@link Fault}'s error for damaged, truncated or trailing data, and for output beyond the limit
 */
export function gunzip(data: Uint8Array, limit: number, fault: Fault): Uint8Array {
  const unpacked = unpackMembers(data, limit, fault);
  refuseRest(data, unpacked, 'gzip', fault);
  return unpacked.bytes;
}
