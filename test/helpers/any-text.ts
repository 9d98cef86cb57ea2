import fc from 'fast-check';

/**
 * Any code point but halves of surrogate pairs, as fast-check's unit `binary`; that one builds a table of all 1.1 million
 * first, in each worker.
 */
export const codePoint = fc
  .integer({ min: 0, max: 0x10ffff - 0x800 })
  .map((index) => String.fromCodePoint(index < 0xd800 ? index : index + 0x800));
