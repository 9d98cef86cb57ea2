import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { concatBytes } from '../../src/base/bytes.ts';

/** A block of an xz stream as {@link makeXz} writes it: fields that are left out are what they have to be. */
export interface XzBlock {
  /** Filter flags as they are in the header, the last one LZMA2. */
  filters?: readonly (readonly number[])[];
  flags?: number;
  /** Bytes between the flags and the filters. */
  sizes?: readonly number[];
  headerPadding?: readonly number[];
  lzma2: Uint8Array;
  padding?: number;
  check?: Uint8Array;
  content: Uint8Array;
}

export interface XzStream {
  flags?: readonly [number, number];
  blocks: readonly XzBlock[];
  records?: readonly (readonly [number, number])[];
  indexPadding?: number;
  backwardSize?: number;
  footerFlags?: readonly [number, number];
}

export const LZMA2_FILTER = [0x21, 1, 16];

/** A chunk of LZMA2 that is not packed. */
export const stored = (control: number, content: Uint8Array): Uint8Array =>
  concatBytes([Uint8Array.of(control, (content.length - 1) >> 8, content.length - 1), content]);

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};
const withCrc = (bytes: Buffer): Buffer => Buffer.concat([bytes, word(crc32(bytes))]);
const toFour = (length: number): number => -length & 3;

export function number(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...number(Math.floor(value / 128))];
}

function encodeBlock(block: XzBlock): { bytes: Buffer; record: readonly [number, number] } {
  const filters = block.filters ?? [LZMA2_FILTER];
  const flags = block.flags ?? filters.length - 1;
  const fields = [flags, ...(block.sizes ?? []), ...filters.flat(), ...(block.headerPadding ?? [])];
  fields.push(...Array<number>(toFour(fields.length + 1)).fill(0));
  const header = withCrc(Buffer.from([(fields.length + 1) / 4, ...fields]));
  const check = block.check ?? createHash('sha256').update(block.content).digest();
  const padding = Buffer.alloc(toFour(block.lzma2.length), block.padding ?? 0);
  const bytes = Buffer.concat([header, block.lzma2, padding, check]);
  return { bytes, record: [bytes.length - padding.length, block.content.length] };
}

/** A stream whose CRCs are right whatever its fields say. Its check is SHA-256, unless the flags say another. */
export function makeXz(stream: XzStream): Uint8Array {
  const flags = Buffer.from(stream.flags ?? [0, 10]);
  const blocks = stream.blocks.map(encodeBlock);
  const records = stream.records ?? blocks.map(({ record }) => record);
  const list = [0, ...number(records.length), ...records.flat().flatMap(number)];
  list.push(...Array<number>(toFour(list.length)).fill(stream.indexPadding ?? 0));
  const index = withCrc(Buffer.from(list));
  const footerFlags = Buffer.from(stream.footerFlags ?? flags);
  const footer = Buffer.concat([word(stream.backwardSize ?? index.length / 4 - 1), footerFlags]);
  return new Uint8Array(
    Buffer.concat([
      Buffer.from('fd377a585a00', 'hex'),
      withCrc(flags),
      ...blocks.map(({ bytes }) => bytes),
      index,
      word(crc32(footer)),
      footer,
      Buffer.from('YZ'),
    ]),
  );
}

/** An xz stream of up to 64 KiB as they are. */
export const packXz = (content: Uint8Array): Uint8Array =>
  makeXz({ blocks: [{ lzma2: concatBytes([stored(1, content), Uint8Array.of(0)]), content }] });
