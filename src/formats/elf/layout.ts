import { bytes, struct, u16le, u32le, u64le, u8 } from '../../base/struct.ts';

// System V ABI, chapters "ELF Header" and "Program Header".
export const identification = struct({
  magic: bytes(4),
  class: u8,
  data: u8,
  version: u8,
  rest: bytes(9),
  type: u16le,
  machine: u16le,
  format_version: u32le,
});

const tables = {
  flags: u32le,
  ehsize: u16le,
  phentsize: u16le,
  phnum: u16le,
  shentsize: u16le,
  shnum: u16le,
  shstrndx: u16le,
};
const header32 = struct({ entry: u32le, phoff: u32le, shoff: u32le, ...tables });
const header64 = struct({ entry: u64le, phoff: u64le, shoff: u64le, ...tables });

const segment32 = struct({
  type: u32le,
  offset: u32le,
  vaddr: u32le,
  paddr: u32le,
  filesz: u32le,
  memsz: u32le,
  flags: u32le,
  align: u32le,
});
const segment64 = struct({
  type: u32le,
  flags: u32le,
  offset: u64le,
  vaddr: u64le,
  paddr: u64le,
  filesz: u64le,
  memsz: u64le,
  align: u64le,
});

/** By the class byte. */
export const CLASSES: Readonly<Record<number, { wordSize: 32 | 64; header: Header; segment: Segment }>> = {
  1: { wordSize: 32, header: header32, segment: segment32 },
  2: { wordSize: 64, header: header64, segment: segment64 },
};
type Header = typeof header32 | typeof header64;
export type Segment = typeof segment32 | typeof segment64;
