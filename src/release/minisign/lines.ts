import type { FindingCode } from '../../base/codes.ts';
import { InputError } from '../../base/diagnostic.ts';

// minisign's files are a few lines: comments, and packed structs in base64.

/** Of a file with a key or a signature, in bytes: comments of minisign have at most 1 KiB and 8 KiB. */
export const MINISIGN_LIMIT = 16 << 10;

export const UNTRUSTED = 'untrusted comment: ';
export const TRUSTED = 'trusted comment: ';

/** What a file is, for messages. */
export interface Wanted {
  code: FindingCode;
  /** `a minisign public key`. */
  what: string;
  fix: string;
}

export const notWanted = ({ code, what, fix }: Wanted, why: string): InputError =>
  new InputError(code, `this is not ${what}: ${why}`, { fix });

/** The lines of a file, a character a byte; its last one may have no end. */
export function linesOf(file: Uint8Array, wanted: Wanted): string[] {
  if (file.length > MINISIGN_LIMIT) {
    throw notWanted(wanted, `it has ${file.length} bytes, and at most ${MINISIGN_LIMIT} are expected`);
  }
  const lines = Buffer.from(file).toString('latin1').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** What follows `label` in a line. */
export function commentIn(line: string | undefined, label: string, number: number, wanted: Wanted): string {
  if (line?.startsWith(label)) return line.slice(label.length);
  throw notWanted(wanted, `line ${number} does not begin with '${label.trimEnd()}'`);
}

/** @param size of the bytes, in bytes */
export function base64In(line: string | undefined, size: number, number: number, wanted: Wanted): Uint8Array {
  const bytes = Buffer.from(line ?? '', 'base64');
  // Node's decoder leaves out what it does not understand.
  if (line === undefined || line === '' || bytes.toString('base64') !== line) {
    throw notWanted(wanted, `line ${number} is not base64`);
  }
  if (bytes.length !== size) {
    throw notWanted(wanted, `line ${number} is ${bytes.length} bytes in base64, not ${size}`);
  }
  return new Uint8Array(bytes);
}

/** Text as a line's characters, a character a byte; and back, for people. */
export const asLine = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
export const asText = (line: string): string => Buffer.from(line, 'latin1').toString('utf8');

export const toBase64 = (...parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString('base64');

export const fileOf = (...lines: readonly string[]): Uint8Array =>
  new Uint8Array(Buffer.from(`${lines.join('\n')}\n`, 'latin1'));
