import { createHash } from 'node:crypto';
import { lstat, rm } from 'node:fs/promises';
import type { TarPacking } from '../base/choices.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { SIGNATURE_SUFFIX } from '../bundle/names.ts';
import { checkTarget, writeAtomically } from '../inputs/atomic-file.ts';
import { fileFault } from '../inputs/fault.ts';
import { readChunks, seeFile } from '../inputs/files.ts';
import { keyIdText } from '../release/minisign/public-key.ts';
import type { SecretKey } from '../release/minisign/secret-key.ts';
import { signArchive } from '../release/sign-bundle.ts';
import { unfinishedFiles } from './cleanup.ts';
import { hashing } from './hashing.ts';

/** The signature beside a bundle. */
export interface WrittenSignature {
  file: string;
  keyId: string;
}

export const signedNote = ({ file, keyId }: WrittenSignature): string =>
  `signed with the key ${keyId}; ${printable(file)} is written, too`;

/** Writes a bundle, and the signature beside it. */
export async function writeSigned(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  { name, compress }: { name: string; compress: TarPacking },
  key: SecretKey,
): Promise<WrittenSignature> {
  const hash = createHash('blake2b512');
  const signature = `${file}${SIGNATURE_SUFFIX}`;
  await checkTarget(signature);
  await writeAtomically(file, hashing(chunks, hash), unfinishedFiles);
  await writeAtomically(signature, [signArchive(key, hash.digest(), name, compress)], unfinishedFiles);
  return { file: signature, keyId: keyIdText(key.id) };
}

/** Whether there is a signature of `file`, or a link to one. */
const isSigned = (file: string): Promise<boolean> =>
  lstat(`${file}${SIGNATURE_SUFFIX}`).then(
    (stats) => stats.isFile() || stats.isSymbolicLink(),
    () => false,
  );

/** The SHA-256 of what a signature is of; `null`: it cannot be read. */
async function digestOf(file: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of readChunks(await seeFile(file, file))) hash.update(chunk);
    return hash.digest('hex');
  } catch {
    return null;
  }
}

/**
 * Writes a bundle without a signature. One beside it, of other bytes that were there before, goes.
 *
 * @returns what is to be said of that; `null`: nothing
 */
export async function writeUnsigned(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<Diagnostic | null> {
  if (!(await isSigned(file))) {
    await writeAtomically(file, chunks, unfinishedFiles);
    return null;
  }
  const before = await digestOf(file);
  const hash = createHash('sha256');
  await writeAtomically(file, hashing(chunks, hash), unfinishedFiles);
  if (hash.digest('hex') === before) return null;
  const signature = `${file}${SIGNATURE_SUFFIX}`;
  try {
    await rm(signature);
  } catch (error) {
    throw fileFault('output/unwritable', `${file} is written, but cannot remove its old ${signature}`, error);
  }
  return {
    code: 'signature/stale',
    severity: 'info',
    message: `${signature} was of another build, and is removed: what is built now is not signed`,
    fix: 'give --secret-key to sign it',
  };
}
