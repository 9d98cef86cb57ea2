import { readFileSync } from 'node:fs';
import { InputError } from '../../src/base/diagnostic.ts';

/** A file that scripts/make-xz-fixtures.sh made. */
export const sample = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/compression/${name}`, import.meta.url)));

/** What is packed in a sample: the file that it is named after, or what its name says. */
export function originalOf(name: string): Uint8Array {
  const [kind] = name.split(/[-.]/);
  if (kind === 'empty') return new Uint8Array(0);
  if (kind === 'one') return Uint8Array.of(0x78);
  if (kind === 'zeros') return new Uint8Array(5_000_000);
  return sample(`${kind}.bin`);
}

export const sampleFault = (why: string): InputError => new InputError('kernel/payload', `the data ${why}`);

/** The message that a decoder refuses something with; to expect an error thousands of times takes longer than decoding. */
export function refusal(decode: () => unknown): string | null {
  try {
    decode();
    return null;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}

export const LARGEST = 16 * 1024 * 1024;
