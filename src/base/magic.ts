/** The bytes that tell a file's kind, and where they stand. */
export interface Magic {
  at: number;
  bytes: readonly number[];
}

/** A magic of bytes at the start. */
export const magicBytes = (...bytes: readonly number[]): Magic => ({ at: 0, bytes });

/** A magic of ASCII characters. */
export const magicText = (at: number, characters: string): Magic => ({
  at,
  bytes: Array.from(characters, (character) => character.charCodeAt(0)),
});

/** What more than one part of us knows by its magic. */
export const MAGIC = {
  android: magicText(0, 'ANDROID!'),
  arm64Image: magicText(0x38, 'ARM\x64'),
  cell: magicText(0, 'JHC'),
  deviceTree: magicBytes(0xd0, 0x0d, 0xfe, 0xed),
  elf: magicText(0, '\x7fELF'),
  lz4Frame: magicBytes(0x04, 0x22, 0x4d, 0x18),
  uImage: magicBytes(0x27, 0x05, 0x19, 0x56),
} as const satisfies Readonly<Record<string, Magic>>;

export const hasMagic = (file: Uint8Array, { at, bytes }: Magic): boolean =>
  bytes.every((byte, index) => file[at + index] === byte);
