import { constants } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import { refuseRest, type Decoder, type Fault } from './decoder.ts';

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

export const isGzip = (data: Uint8Array): boolean => data[0] === 0x1f && data[1] === 0x8b;

/** gzip (RFC 1952), all members that follow one another; each one's CRC-32 and length are checked. */
export const decodeGzip = ((data, limit, fault) => {
  const length = expectedLength(data, limit);
  const options = {
    info: true,
    maxOutputLength: Math.min(limit, constants.MAX_LENGTH),
    ...(length === null ? {} : { chunkSize: Math.max(length + 1, 64) }),
  };
  let result: GunzipResult;
  try {
    result = gunzipSync(data, options) as unknown as GunzipResult;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw fault(`unpacks to more than ${limit} bytes`);
    throw fault(`is damaged or cut short (gzip: ${error.message})`);
  }
  return { bytes: result.buffer, consumed: result.engine.bytesWritten };
}) satisfies Decoder;

/**
 * Unpacks gzip data that must fill `data` to its end.
 *
 * @param limit bytes that the output may have
 * @throws the {@link Fault}'s error for damaged, truncated or trailing data, and for output beyond the limit
 */
export function gunzip(data: Uint8Array, limit: number, fault: Fault): Uint8Array {
  const unpacked = decodeGzip(data, limit, fault);
  refuseRest(data, unpacked, 'gzip', fault);
  return unpacked.bytes;
}
