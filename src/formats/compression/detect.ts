/** How a kernel's payload is packed, by its first bytes. */
export type Compression = 'gzip' | 'bzip2' | 'lzma' | 'xz' | 'lzo' | 'lz4' | 'zstd' | 'none' | 'unknown';

/** Magics of the payloads that Linux's build makes (Documentation/arch/x86/boot.rst, `payload_offset`). */
const MAGICS: readonly (readonly [Compression, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['gzip', [0x1f, 0x9e]],
  ['bzip2', [0x42, 0x5a]],
  ['lzma', [0x5d, 0x00]],
  ['xz', [0xfd, 0x37]],
  ['lz4', [0x02, 0x21]],
  ['lzo', [0x89, 0x4c]],
  ['zstd', [0x28, 0xb5]],
  ['none', [0x7f, 0x45]],
];

/** Tells a payload's compression; `none` is a bare ELF. */
export const detectCompression = (payload: Uint8Array): Compression =>
  MAGICS.find(([, magic]) => magic.every((byte, index) => payload[index] === byte))?.[0] ?? 'unknown';
