import { createHash } from 'node:crypto';
import type { TarPacking } from '../base/choices.ts';
import { printable } from '../base/text.ts';
import { SIGNATURE_SUFFIX } from '../bundle/names.ts';
import { writeAtomically } from '../inputs/atomic-file.ts';
import { keyIdText } from '../release/minisign/public-key.ts';
import type { SecretKey } from '../release/minisign/secret-key.ts';
import { signArchive } from '../release/sign-bundle.ts';
import { unfinishedFiles } from './cleanup.ts';

/** The signature beside a bundle. */
export interface WrittenSignature {
  file: string;
  keyId: string;
}

export const signedNote = ({ file, keyId }: WrittenSignature): string =>
  `signed with the key ${keyId}; ${printable(file)} is written, too`;

/** Writes a bundle and, with a key, the signature beside it. */
export async function writeSigned(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  { name, compress }: { name: string; compress: TarPacking },
  key: SecretKey | null,
): Promise<WrittenSignature | null> {
  if (key === null) {
    await writeAtomically(file, chunks, unfinishedFiles);
    return null;
  }
  const hash = createHash('blake2b512');
  const hashed = async function* (): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await writeAtomically(file, hashed(), unfinishedFiles);
  const signature = `${file}${SIGNATURE_SUFFIX}`;
  await writeAtomically(signature, [signArchive(key, hash.digest(), name, compress)], unfinishedFiles);
  return { file: signature, keyId: keyIdText(key.id) };
}
