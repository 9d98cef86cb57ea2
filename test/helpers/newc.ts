import { makeProgram } from './program.ts';

export interface NewcEntry {
  name: string;
  content?: Uint8Array | string;
  /** A program's if it does not say. */
  mode?: number;
  /** Names of one file have the same. */
  inode?: number;
}

const pad = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);

function entry({ name, mode = 0o100755, inode }: NewcEntry, content: Uint8Array, magic: string): Buffer {
  const nameBytes = Buffer.from(`${name}\0`, 'latin1');
  const fields = [
    inode ?? 1,
    mode,
    0,
    0,
    inode === undefined ? 1 : 2,
    0,
    content.length,
    0,
    0,
    0,
    0,
    nameBytes.length,
    0,
  ];
  const header = `${magic}${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([pad(Buffer.concat([Buffer.from(header), nameBytes])), pad(Buffer.from(content))]);
}

/** A cpio archive in the newc format, as Linux reads it; without its trailer if asked for. */
export function newc(entries: readonly NewcEntry[], { trailer = true, magic = '070701' } = {}): Buffer {
  const files = entries.map((each) => {
    const { content = '' } = each;
    return entry(each, typeof content === 'string' ? Buffer.from(content) : content, magic);
  });
  return Buffer.concat([
    ...files,
    ...(trailer ? [entry({ name: 'TRAILER!!!' }, Buffer.alloc(0), magic)] : []),
  ]);
}

/** An initrd of exactly this size: `/init` fills it, as far as it goes in steps of four bytes; zeros may follow. */
export function initrdOfSize(size: number, machine?: number): Uint8Array {
  const empty = newc([{ name: 'init' }]).length;
  const file = new Uint8Array(size);
  const content = new Uint8Array((size - empty) & ~3);
  content.set(makeProgram(machine));
  file.set(newc([{ name: 'init', content }]));
  return file;
}
