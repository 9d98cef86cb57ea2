import { createHash } from 'node:crypto';
import { printableJson } from '../base/text.ts';

/** The text of a JSON document: the same for the same value, and unable to control a terminal. */
export const documentText = (document: object): string =>
  printableJson(`${JSON.stringify(document, null, 2)}\n`);

/** A UUID (version 8 of RFC 9562) that another content has another of. */
export function contentUuid(document: object): string {
  const bytes = createHash('sha256').update(JSON.stringify(document)).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
