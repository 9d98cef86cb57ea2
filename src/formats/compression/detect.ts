import { hasMagic, MAGIC, magicBytes, magicText, type Magic } from '../../base/magic.ts';

/** A method that can be undone. */
export type Packing = 'gzip' | 'bzip2' | 'lzma' | 'xz' | 'lzo' | 'lz4' | 'zstd';

/** How a payload is packed; `none` is a bare ELF file. */
export type Compression = Packing | 'none' | 'unknown';

/** What the output of the packers starts with, as the kernel build calls them (Linux, scripts/Makefile.lib). */
export const PACKED: Readonly<Record<Packing, Magic>> = {
  gzip: magicBytes(0x1f, 0x8b),
  bzip2: magicText(0, 'BZh'),
  lzma: magicBytes(0x5d, 0x00, 0x00),
  xz: magicBytes(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00),
  lzo: magicBytes(0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a),
  lz4: magicBytes(0x02, 0x21, 0x4c, 0x18),
  zstd: magicBytes(0x28, 0xb5, 0x2f, 0xfd),
};

const PACKINGS = Object.keys(PACKED) as Packing[];

export const isGzip = (data: Uint8Array): boolean => hasMagic(data, PACKED.gzip);

/** How a file is packed, by its whole magic; `null` for all others. */
export const packingOf = (file: Uint8Array): Packing | null =>
  PACKINGS.find((packing) => hasMagic(file, PACKED[packing])) ?? null;

/** Linux looks at two bytes (lib/decompress.c), and takes an old form of gzip as well. */
const FIRST_BYTES: readonly (readonly [Compression, readonly number[]])[] = [
  ...PACKINGS.map((packing) => [packing, PACKED[packing].bytes.slice(0, 2)] as const),
  ['gzip', [0x1f, 0x9e]],
  ['none', MAGIC.elf.bytes.slice(0, 2)],
];

/** Tells the compression of what a kernel unpacks itself, its payload or an initrd, as Linux does. */
export const detectCompression = (payload: Uint8Array): Compression =>
  FIRST_BYTES.find(([, bytes]) => hasMagic(payload, { at: 0, bytes }))?.[0] ?? 'unknown';
