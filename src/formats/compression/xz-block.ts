import { undoArm, undoArm64, undoArmThumb, undoX86, type BranchFilter } from './bcj.ts';
import type { Fault } from './decoder.ts';
import { PackedReader } from './packed-reader.ts';
import { readCrc32, readNumber } from './xz-fields.ts';

const LZMA2 = 0x21;
const LARGEST_DICTIONARY = 40;

/** xz file format, section 5.3.2: what is undone here, with the alignment of its start offset. */
const BRANCH_FILTERS: ReadonlyMap<number, { undo: BranchFilter; alignment: number }> = new Map([
  [0x04, { undo: undoX86, alignment: 1 }],
  [0x07, { undo: undoArm, alignment: 4 }],
  [0x08, { undo: undoArmThumb, alignment: 2 }],
  [0x0a, { undo: undoArm64, alignment: 4 }],
]);

const OTHER_FILTERS: ReadonlyMap<number, string> = new Map([
  [0x03, 'delta'],
  [0x05, 'PowerPC'],
  [0x06, 'IA-64'],
  [0x09, 'SPARC'],
  [0x0b, 'RISC-V'],
]);

/** A block's header. The sizes are `null` where it does not give them. */
export interface XzBlockHeader {
  packedSize: number | null;
  size: number | null;
  dictionarySize: number;
  /** In the order in which they are undone. */
  filters: readonly { undo: BranchFilter; origin: number }[];
}

function readDictionarySize(reader: PackedReader): number {
  const bits = readNumber(reader) === 1 ? reader.byte() : LARGEST_DICTIONARY + 1;
  if (bits > LARGEST_DICTIONARY) throw reader.damaged('a block has no valid dictionary size');
  return bits === LARGEST_DICTIONARY ? 0xffffffff : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
}

function readBranchFilter(reader: PackedReader, id: number, fault: Fault) {
  const filter = BRANCH_FILTERS.get(id);
  if (!filter) {
    const name = OTHER_FILTERS.get(id);
    throw fault(
      `is packed with ${name ? `the ${name} filter` : `filter ${id}`} of xz, which is not undone here`,
    );
  }
  const size = readNumber(reader);
  if (size !== 0 && size !== 4) throw reader.damaged('a filter has properties of another size than its own');
  const origin = size === 0 ? 0 : reader.uint32();
  if (origin % filter.alignment !== 0) throw reader.damaged('the start offset of a filter is not aligned');
  return { undo: filter.undo, origin };
}

/** Reads the header of the block at the reader's place. */
export function readBlockHeader(reader: PackedReader, fault: Fault): XzBlockHeader {
  const start = reader.at;
  const end = start + (reader.byte() + 1) * 4;
  reader.at = start;
  readCrc32(reader, reader.take(end - 4 - start), 'a block header');

  reader.at = start + 1;
  const flags = reader.byte();
  if ((flags & 0x3c) !== 0) throw reader.damaged('a block has flags that are not defined');
  const packedSize = flags & 0x40 ? readNumber(reader) : null;
  const size = flags & 0x80 ? readNumber(reader) : null;
  const filters = [];
  for (let before = flags & 3; before > 0; before--) {
    filters.unshift(readBranchFilter(reader, readNumber(reader), fault));
  }
  if (readNumber(reader) !== LZMA2) throw reader.damaged('the last filter of a block is not LZMA2');
  const dictionarySize = readDictionarySize(reader);
  const padding = end - 4 - reader.at;
  if (padding < 0 || reader.take(padding).some((byte) => byte !== 0)) {
    throw reader.damaged('the padding of a block header is not zero');
  }
  reader.at = end;
  return { packedSize, size, dictionarySize, filters };
}
