import { makeProgram } from './program.ts';

export interface NewcEntry {
  name: string;
  content?: Uint8Array | string;
  /** A program's if it does not say. */
  mode?: number;
  /** Names of one file have the same. */
  inode?: number;
}

const padding = (length: number): number => -length & 3;

/** What is in front of a file's content. */
function headOf({ name, mode = 0o100755, inode }: NewcEntry, length: number, magic = '070701'): Buffer {
  const fields = [
    inode ?? 1,
    mode,
    0,
    0,
    inode === undefined ? 1 : 2,
    0,
    length,
    0,
    0,
    0,
    0,
    Buffer.byteLength(name, 'latin1') + 1,
    0,
  ];
  const text = `${magic}${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return Buffer.from(text + '\0'.repeat(padding(text.length)), 'latin1');
}

const trailerOf = (magic?: string): Buffer => headOf({ name: 'TRAILER!!!' }, 0, magic);

/** A cpio archive in the newc format, as Linux reads it; without its trailer if asked for. */
export function newc(entries: readonly NewcEntry[], { trailer = true, magic = '070701' } = {}): Buffer {
  const parts = entries.flatMap((each) => {
    const content = Buffer.from(each.content ?? '');
    return [headOf(each, content.length, magic), content, Buffer.alloc(padding(content.length))];
  });
  return Buffer.concat(trailer ? [...parts, trailerOf(magic)] : parts);
}

/** An initrd of exactly this size: `/init` fills it, as far as it goes in steps of four bytes; zeros may follow. */
export function initrdOfSize(size: number, machine?: number): Uint8Array {
  const trailer = trailerOf();
  const at = headOf({ name: 'init' }, 0).length;
  const length = (size - at - trailer.length) & ~3;
  const file = new Uint8Array(size);
  file.set(headOf({ name: 'init' }, length));
  file.set(makeProgram(machine), at);
  file.set(trailer, at + length);
  return file;
}
