import { gzipSync } from 'node:zlib';
import { concatBytes } from '../../src/base/bytes.ts';
import { arm64Header, type Arm64Header } from '../../src/formats/kernel/arm64-image.ts';
import { zbootHeader } from '../../src/formats/kernel/zboot.ts';
import { latin1 } from './bytes.ts';

export const BANNER = '6.1.0-test (user@host) (gcc (Debian) 12.2.0) #1 SMP Debian 6.1.192-2 (2026-01-01)';

/** An EFI stub's headers as far as somebody looks at them: two sections, the second with the file's last bytes. */
function makePeHeader(offset: number, end: number): Uint8Array {
  const pe = Buffer.alloc(24 + 160 + 2 * 40);
  pe.write('PE\0\0', 'latin1');
  pe.writeUInt16LE(0xaa64, 4);
  pe.writeUInt16LE(2, 6);
  pe.writeUInt16LE(160, 20);
  const section = (index: number, rawOffset: number, rawSize: number): void => {
    const at = 24 + 160 + index * 40;
    pe.write(index === 0 ? '.text' : '.data', at, 'latin1');
    pe.writeUInt32LE(rawSize, at + 16);
    pe.writeUInt32LE(rawOffset, at + 20);
  };
  const text = offset + pe.length;
  section(0, text, 16);
  section(1, text + 16, end - text - 16);
  return pe;
}

/** An arm64 kernel with an EFI stub and a banner; `size` bytes. */
export function makeArm64Image(header: Partial<Arm64Header> = {}, size = 1024): Uint8Array {
  const file = new Uint8Array(size);
  const start = arm64Header.encode({
    code0: 0xfa405a4d,
    code1: 0x14000000,
    image_size: 0x10000n,
    flags: 0xan,
    magic: latin1('ARM\x64'),
    res5: 0x40,
    ...header,
  });
  file.set(start);
  file.set(makePeHeader(0x40, size), 0x40);
  file.set(latin1(`Linux version %s (%s)\n\0Linux version ${BANNER}\n\0`), 0x180);
  return file;
}

export interface ZImageParts {
  start?: number;
  /** Bytes of the zImage. */
  size?: number;
  /** Words of the table of tags; `null`: a kernel that has none. */
  table?: readonly number[] | null;
  appended?: Uint8Array;
}

/** The table that Linux 4.15 and newer have: the tag's words, its kind, where the size is, the BSS. */
export const SIZE_TAG = [4, 0x5a534c4b, 0xf0, 0x4567, 0];

export function makeZImage({
  start = 0,
  size = 256,
  table = SIZE_TAG,
  appended,
}: ZImageParts = {}): Uint8Array {
  const file = Buffer.alloc(size);
  for (let at = 0; at < 0x20; at += 4) file.writeUInt32LE(0xe1a00000, at);
  const header = [0x016f2818, start, start + size, 0x04030201];
  if (table !== null) header.push(0x45454545, 0x80);
  header.forEach((word, index) => file.writeUInt32LE(word, 0x24 + index * 4));
  table?.forEach((word, index) => file.writeUInt32LE(word >>> 0, 0x80 + index * 4));
  file.writeUInt32LE(0x123456, size - 16);
  return concatBytes([file, appended ?? new Uint8Array(0)]);
}

export interface PackedKernel {
  packed: Uint8Array;
  /** Bytes of the unpacked kernel. */
  size: number;
  /** Whether the size word follows the packed kernel, as it does unless gzip's own is it. */
  sizeFollows?: boolean;
  /** What stands between header and packed kernel: the code that unpacks it. */
  code?: Uint8Array;
  /** Since Linux 4.15 a tag tells where the size word is. */
  tagged?: boolean;
}

/** A zImage with a kernel in it. */
export function makeFullZImage({
  packed,
  size,
  sizeFollows = false,
  code = new Uint8Array(0x100),
  tagged = true,
}: PackedKernel): Uint8Array {
  const word = new Uint8Array(sizeFollows ? 4 : 0);
  if (sizeFollows) new DataView(word.buffer).setUint32(0, size, true);
  const head = 0x100;
  const sizeAt = head + code.length + packed.length + word.length - 4;
  const table = tagged ? [4, 0x5a534c4b, sizeAt, 0x4567, 0] : null;
  const empty = makeZImage({ size: sizeAt + 4 + 64, table }).subarray(0, head);
  return concatBytes([empty, code, packed, word, new Uint8Array(64)]);
}

/** An EFI zboot image around a packed kernel; behind it stands the unpacked size, unless gzip's own is enough. */
export function makeZboot(
  payload: Uint8Array = gzipSync(makeArm64Image()),
  compression = 'gzip',
  unpackedSize = 0,
): Uint8Array {
  const text = new Uint8Array(32);
  text.set(latin1(compression));
  const sizeWord = new Uint8Array(Uint32Array.of(unpackedSize).buffer);
  const header = zbootHeader.encode({
    mz: latin1('MZ\0\0'),
    type: latin1('zimg'),
    payload_offset: 128,
    payload_size: payload.length,
    compression: text,
  });
  return concatBytes([header, new Uint8Array(128 - header.length), payload, sizeWord, new Uint8Array(64)]);
}
