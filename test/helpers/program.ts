import { CLASSES, identification } from '../../src/formats/elf/layout.ts';
import { concatBytes } from '../../src/base/bytes.ts';
import { utf8 } from './bytes.ts';

const HEADER = { 32: CLASSES[1]!, 64: CLASSES[2]! };
const PT_INTERP = 3;
export const EM = { i386: 3, arm: 40, x86: 62, arm64: 183 } as const;

const NARROW: ReadonlySet<number> = new Set([EM.i386, EM.arm]);

/** A program in ELF format without any code: its headers, and the path of its dynamic loader if it has one. */
export function makeProgram(
  machine: number = EM.x86,
  {
    wordSize = NARROW.has(machine) ? 32 : 64,
    interpreter = null,
  }: { wordSize?: 32 | 64; interpreter?: string | null } = {},
): Uint8Array {
  const { header, segment } = HEADER[wordSize];
  const headerSize = identification.size + header.size;
  const path = interpreter === null ? null : utf8(`${interpreter}\0`);
  const at = headerSize + segment.size;
  const number = (value: number): never => (wordSize === 64 ? BigInt(value) : value) as never;
  return concatBytes([
    identification.encode({
      magic: Uint8Array.of(0x7f, 0x45, 0x4c, 0x46),
      class: wordSize === 64 ? 2 : 1,
      data: 1,
      version: 1,
      type: 2,
      machine,
      format_version: 1,
    }),
    header.encode({
      phoff: number(headerSize),
      phentsize: segment.size,
      phnum: path === null ? 0 : 1,
    } as never),
    ...(path === null
      ? []
      : [
          segment.encode({ type: PT_INTERP, offset: number(at), filesz: number(path.length) } as never),
          path,
        ]),
  ]);
}
