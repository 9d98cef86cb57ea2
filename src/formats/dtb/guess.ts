import { readCells } from './values.ts';

/** What a property's bytes most likely are; a DTB does not say. */
export type GuessedValue =
  | { kind: 'empty' }
  | { kind: 'texts'; texts: string[] }
  | { kind: 'cells'; cells: number[] }
  | { kind: 'bytes'; bytes: Uint8Array };

/** Texts as dtc prints them: printable ASCII, each with its NUL, none of them empty. */
const TEXTS = /^(?:[\x20-\x7e]+\0)+$/;

/** Guesses as dtc does: texts, else cells, else bytes. */
export function guessValue(value: Uint8Array): GuessedValue {
  if (value.length === 0) return { kind: 'empty' };
  const text = new TextDecoder('latin1').decode(value);
  if (TEXTS.test(text)) return { kind: 'texts', texts: text.split('\0').slice(0, -1) };
  return value.length % 4 === 0
    ? { kind: 'cells', cells: readCells(value) }
    : { kind: 'bytes', bytes: value };
}
