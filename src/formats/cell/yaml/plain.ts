import { hex } from '../../../base/address.ts';
import { nameFlags, nameOf, type FlagNames, type ValueNames } from '../names.ts';
import { formatBytes } from './texts.ts';

/** What a description is made of; numbers are the texts that stand in the file. */
export type Plain = string | boolean | Plain[] | { [key: string]: Plain };

export type PlainMap = { [key: string]: Plain };

/** The entries that have a value. */
export function fields(entries: Record<string, Plain | undefined>): PlainMap {
  const out: PlainMap = {};
  for (const [key, value] of Object.entries(entries)) if (value !== undefined) out[key] = value;
  return out;
}

/** Zero is what a missing key means, so it is left out. */
export const unlessZero = (
  value: number | bigint | undefined,
  format: (value: bigint) => string = String,
): string | undefined => (value === undefined || BigInt(value) === 0n ? undefined : format(BigInt(value)));

export const hexUnlessZero = (value: number | bigint | undefined): string | undefined =>
  unlessZero(value, hex);

export const unlessEmpty = <T extends Plain[] | PlainMap>(value: T): T | undefined =>
  Object.keys(value).length === 0 ? undefined : value;

export const bytesUnlessZero = (bytes: Uint8Array): string | undefined =>
  bytes.every((byte) => byte === 0) ? undefined : formatBytes(bytes);

/** Names, then one number for the bits without a name. */
export function flagWords(table: FlagNames, flags: number | bigint): string[] | undefined {
  const { names, unknown } = nameFlags(table, flags);
  return unlessEmpty([...names, ...(unknown === 0n ? [] : [hex(unknown)])]);
}

export const choiceWord = (table: ValueNames, value: number): string => nameOf(table, value) ?? hex(value);
