import { hasMagic, MAGIC } from '../../base/magic.ts';
import { CLASSES, identification } from './layout.ts';

/** What Linux starts a file as (Linux, fs/binfmt_elf.c and fs/binfmt_script.c). */
export type Program =
  | {
      format: 'elf';
      /** e_machine: 62 is x86-64. */
      machine: number;
      wordSize: 32 | 64;
      isBigEndian: boolean;
      /** The path of its dynamic loader; `null`: it is linked statically. */
      interpreter: string | null;
    }
  | { format: 'script'; interpreter: string }
  /** Neither: Linux does not start it. */
  | { format: 'other' };

const OTHER: Program = { format: 'other' };
const LITTLE_ENDIAN = 1;
const BIG_ENDIAN = 2;
const PT_INTERP = 3;
/** BINPRM_BUF_SIZE: of a script's first line Linux reads no more. */
const LINE = 256;
const MAX_PATH = 4096;

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

function interpreterOf(file: Uint8Array, size: number): string | null {
  const { header: layout, segment } = CLASSES[size]!;
  if (file.length < identification.size + layout.size) return null;
  const { phoff, phnum, phentsize } = layout.decode(file, identification.size);
  if (phentsize < segment.size || Number(phoff) + phnum * phentsize > file.length) return null;
  for (let index = 0; index < phnum; index++) {
    const { type, offset, filesz } = segment.decode(file, Number(phoff) + index * phentsize);
    if (type !== PT_INTERP || Number(filesz) > MAX_PATH) continue;
    return textOf(file.subarray(Number(offset), Number(offset) + Number(filesz))).replace(/\0.*$/s, '');
  }
  return null;
}

/** Reads how Linux would start a file; `file` is the whole of it. */
export function readProgram(file: Uint8Array): Program {
  if (file[0] === 0x23 && file[1] === 0x21) {
    const line = textOf(file.subarray(2, LINE)).split('\n', 1)[0]!;
    const interpreter = /^[ \t]*([^ \t\0]+)/.exec(line)?.[1];
    return interpreter === undefined ? OTHER : { format: 'script', interpreter };
  }
  if (!hasMagic(file, MAGIC.elf) || file.length < identification.size) return OTHER;
  const { class: size, data, machine } = identification.decode(file);
  if (!(size in CLASSES) || (data !== LITTLE_ENDIAN && data !== BIG_ENDIAN)) return OTHER;
  const isBigEndian = data === BIG_ENDIAN;
  return {
    format: 'elf',
    machine: isBigEndian ? ((machine & 0xff) << 8) | (machine >> 8) : machine,
    wordSize: CLASSES[size]!.wordSize,
    isBigEndian,
    interpreter: isBigEndian ? null : interpreterOf(file, size),
  };
}
