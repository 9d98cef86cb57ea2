import { type Architecture, ARCHITECTURES } from '../../base/choices.ts';
import { either } from '../../base/text.ts';
import type { AddressRange } from '../../base/ranges.ts';
import { InputError } from '../../base/diagnostic.ts';
import { CLASSES, identification } from '../elf/layout.ts';
import { findBanner } from './version.ts';
import { truncated } from './truncated.ts';

/** e_machine: EM_386, EM_ARM, EM_X86_64, EM_AARCH64. */
const MACHINES: Readonly<Record<number, Architecture>> = { 3: 'x86', 40: 'arm', 62: 'x86', 183: 'arm64' };

const LITTLE_ENDIAN = 1;
/** ET_EXEC, and ET_DYN of a kernel that may be moved. */
const LINKED = new Set([2, 3]);
const PT_LOAD = 1;

/** A Linux kernel as the build links it, before it is made bootable: evidence, but no loader starts it. */
export interface Vmlinux {
  format: 'vmlinux';
  /** Bytes of the whole file. */
  size: number;
  architecture: Architecture;
  wordSize: 32 | 64;
  /** From the first loaded byte to the end of the BSS, by its physical addresses; `null`: nothing is loaded. */
  memory: AddressRange | null;
  /** `6.1.0 (user@host) ... #1 ...`. */
  version: string;
}

/** Whether it is a linked ELF file for an architecture of ours; programs are such, too. */
export function looksLikeVmlinux(head: Uint8Array): boolean {
  if (head.length < identification.size) return false;
  const { magic, class: size, data, type, machine } = identification.decode(head);
  return (
    String.fromCharCode(...magic) === '\x7fELF' &&
    size in CLASSES &&
    data === LITTLE_ENDIAN &&
    LINKED.has(type) &&
    machine in MACHINES
  );
}

const notVmlinux = (why: string): InputError =>
  new InputError('kernel/format', `the kernel is not a vmlinux: ${why}`, {
    fix: "give the vmlinux at the top of the kernel's build tree, or, better, the image that is booted",
  });

/**
 * Reads the headers of a kernel in ELF format, 32 or 64 bits, little-endian; `file` is the whole file.
 *
 * @throws InputError `kernel/format`, `kernel/truncated`
 */
export function parseVmlinux(file: Uint8Array): Vmlinux {
  if (!looksLikeVmlinux(file)) throw notVmlinux(`it is not a linked ELF file for ${either(ARCHITECTURES)}`);
  const { class: size, machine } = identification.decode(file);
  const { wordSize, header: layout, segment } = CLASSES[size]!;
  const need = identification.size + layout.size;
  if (file.length < need) throw truncated('the ELF header', need, file.length);
  const header = layout.decode(file, identification.size);

  const tableEnd = (name: string, at: number | bigint, count: number, entry: number): void => {
    const end = Number(at) + count * entry;
    if (end > file.length) throw truncated(name, end, file.length);
  };
  tableEnd('the program header table', header.phoff, header.phnum, header.phentsize);
  tableEnd('the section header table', header.shoff, header.shnum, header.shentsize);
  if (header.phnum > 0 && header.phentsize < segment.size) {
    throw notVmlinux(`its program headers have ${header.phentsize} bytes each`);
  }

  let memory: { start: bigint; end: bigint } | null = null;
  for (let index = 0; index < header.phnum; index++) {
    const { type, ...at } = segment.decode(file, Number(header.phoff) + index * header.phentsize);
    if (type !== PT_LOAD) continue;
    tableEnd(`segment ${index}`, at.offset, 1, Number(at.filesz));
    const start = BigInt(at.paddr);
    const end = start + BigInt(at.memsz);
    memory = {
      start: memory === null || start < memory.start ? start : memory.start,
      end: memory === null || end > memory.end ? end : memory.end,
    };
  }
  const version = findBanner(file);
  if (version === null) throw notVmlinux('there is no `Linux version` in it');
  return {
    format: 'vmlinux',
    size: file.length,
    architecture: MACHINES[machine]!,
    wordSize,
    memory: memory && { start: memory.start, size: memory.end - memory.start },
    version,
  };
}
