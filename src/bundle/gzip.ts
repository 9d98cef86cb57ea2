import { promisify } from 'node:util';
import { crc32, deflateRaw, inflateRaw } from 'node:zlib';

import { InputError } from '../base/diagnostic.ts';
import { COPY_AGAIN } from './names.ts';
import { ByteReader, inOrder } from './stream.ts';

/**
 * A bundle's gzip file (RFC 1952) is a row of members that each hold 1 MiB, the last one less or the same. They can
 * be compressed side by side, and gzip reads them as one file.
 *
 * Deflate has many spellings for the same content, so a changed byte in it may stay without effect on what comes
 * out. To find that too, each header has an extra field with the length and the CRC-32 of the deflate data.
 */
const MEMBER_CONTENT = 1 << 20;

/** ID1 ID2, deflate, FEXTRA, no time, no hint of the level, OS unknown, 12 bytes extra: 'jb' with 8 bytes. */
const FIXED_HEADER = Uint8Array.of(0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 12, 0, 0x6a, 0x62, 8, 0);

/** The fixed part; u32le length and CRC-32 of the deflate data. */
const HEADER_SIZE = FIXED_HEADER.length + 8;

/** u32le CRC-32 and size of the content. */
const TRAILER_SIZE = 8;

/** Deflate stores what it cannot compress, in zlib's case with at most 5 bytes for each 16 KiB; here are 16. */
const DEFLATED_LIMIT = MEMBER_CONTENT + (MEMBER_CONTENT >> 10);

/** 9 saves 0.5 % of the bytes on x86-64 libraries, and takes three times as long. */
const LEVEL = 6;

/** As many as zlib has threads in Node. */
const IN_FLIGHT = 4;

const deflateAsync = promisify(deflateRaw);
const inflateAsync = promisify(inflateRaw);

/** Compresses a stream; the bytes do not depend on how it is cut, nor on how many threads there are. */
export function gzipMembers(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  return inOrder(cut(source), IN_FLIGHT, encodeMember);
}

async function* cut(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = new ByteReader(source);
  try {
    for (;;) {
      const content = await reader.take(MEMBER_CONTENT);
      if (content.length > 0) yield content;
      if (content.length < MEMBER_CONTENT) return;
    }
  } finally {
    await reader.close();
  }
}

async function encodeMember(content: Uint8Array): Promise<Uint8Array> {
  const deflated = await deflateAsync(content, { level: LEVEL, chunkSize: DEFLATED_LIMIT });
  const member = Buffer.alloc(HEADER_SIZE + deflated.length + TRAILER_SIZE);
  member.set(FIXED_HEADER);
  member.writeUInt32LE(deflated.length, FIXED_HEADER.length);
  member.writeUInt32LE(crc32(deflated), FIXED_HEADER.length + 4);
  member.set(deflated, HEADER_SIZE);
  member.writeUInt32LE(crc32(content), HEADER_SIZE + deflated.length);
  member.writeUInt32LE(content.length, HEADER_SIZE + deflated.length + 4);
  return member;
}

interface Member {
  /** Of the member in the file. */
  offset: number;
  deflated: Uint8Array;
  deflatedCrc: number;
  contentCrc: number;
  size: number;
}

/**
 * Expands what {@link gzipMembers} wrote, in memory bounded by a few members.
 *
 * @throws InputError `bundle/gzip` at the first byte that does not belong there, `bundle/truncated`
 */
export function gunzipMembers(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  return inOrder(readMembers(source), IN_FLIGHT, expandMember);
}

async function* readMembers(source: AsyncIterable<Uint8Array>): AsyncGenerator<Member, void> {
  const reader = new ByteReader(source);
  let previous = { offset: 0, size: MEMBER_CONTENT };
  try {
    for (;;) {
      const offset = reader.offset;
      const header = await reader.take(HEADER_SIZE);
      if (header.length === 0) return;
      const wrong = FIXED_HEADER.findIndex((byte, i) => i < header.length && byte !== header[i]);
      if (wrong >= 0) throw foreignHeader(offset, wrong);
      if (header.length < HEADER_SIZE) throw truncated(offset);
      if (previous.size !== MEMBER_CONTENT) {
        throw damaged(
          previous.offset,
          `its size is ${previous.size} bytes, which only the last member can have`,
        );
      }
      const fields = viewOf(header);
      const length = fields.getUint32(FIXED_HEADER.length, true);
      if (length > DEFLATED_LIMIT)
        throw damaged(offset, `a size of ${length} compressed bytes is not possible`);
      const deflated = await reader.take(length);
      const trailer = await reader.take(TRAILER_SIZE);
      if (trailer.length < TRAILER_SIZE) throw truncated(offset);
      const sums = viewOf(trailer);
      previous = { offset, size: sums.getUint32(4, true) };
      yield {
        offset,
        deflated,
        deflatedCrc: fields.getUint32(FIXED_HEADER.length + 4, true),
        contentCrc: sums.getUint32(0, true),
        size: previous.size,
      };
    }
  } finally {
    await reader.close();
  }
}

async function expandMember(member: Member): Promise<Uint8Array> {
  const { offset, deflated, size } = member;
  if (crc32(deflated) !== member.deflatedCrc) {
    throw damaged(offset, 'the CRC in its header does not match the compressed bytes');
  }
  if (size === 0 || size > MEMBER_CONTENT) throw damaged(offset, `its size of ${size} bytes is not possible`);
  let content: Uint8Array;
  let used: number;
  try {
    // With `info`, the engine tells how much of its input it used.
    const options = { info: true, maxOutputLength: size, chunkSize: Math.max(size, 64) };
    const { buffer, engine } = (await inflateAsync(deflated, options)) as unknown as Inflated;
    content = buffer;
    used = engine.bytesWritten;
  } catch (cause) {
    throw damaged(
      offset,
      `it cannot be expanded (${cause instanceof Error ? cause.message : String(cause)})`,
    );
  }
  if (used !== deflated.length) throw damaged(offset, 'bytes follow the compressed data');
  if (content.length !== size)
    throw damaged(offset, `it has ${content.length} bytes, but its size field says ${size}`);
  if (crc32(content) !== member.contentCrc)
    throw damaged(offset, 'the CRC at its end does not match its content');
  return content;
}

interface Inflated {
  buffer: Uint8Array;
  engine: { bytesWritten: number };
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const damaged = (offset: number, reason: string): InputError =>
  new InputError('bundle/gzip', `the gzip member at offset ${offset} is damaged: ${reason}`, {
    fix: COPY_AGAIN,
  });

const truncated = (offset: number): InputError =>
  new InputError('bundle/truncated', `the bundle ends within the gzip member at offset ${offset}`, {
    fix: COPY_AGAIN,
  });

const foreignHeader = (offset: number, wrong: number): InputError =>
  new InputError(
    'bundle/gzip',
    `byte ${offset + wrong} of the gzip file is not as it was packed (in the header of the member at offset ${offset})`,
    { fix: 'build or copy the bundle again; if it was compressed again, expand it and verify the tar' },
  );
