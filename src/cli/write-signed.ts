import { createHash } from 'node:crypto';
import { lstat, rm } from 'node:fs/promises';
import type { TarPacking } from '../base/choices.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { SIGNATURE_SUFFIX } from '../bundle/names.ts';
import { checkTarget, prepareFile, targetOf } from '../inputs/atomic-file.ts';
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

/** @param renewed further files that it was written to */
export const signedNote = ({ file, keyId }: WrittenSignature, renewed: readonly string[]): string => {
  const files = [file, ...renewed].map(printable);
  return `signed with the key ${keyId}; ${files.join(' and ')} ${files.length > 1 ? 'are' : 'is'} written, too`;
};

const kindOf = (file: string): Promise<'file' | 'link' | null> =>
  lstat(file).then(
    (stats) => (stats.isSymbolicLink() ? 'link' : stats.isFile() ? 'file' : null),
    () => null,
  );

/** The signature that is next to what a symbolic link leads to, as that is what is written. */
async function signaturesBehind(file: string): Promise<string[]> {
  if ((await kindOf(file)) !== 'link') return [];
  // Where a link leads to nothing that can be written is told by who writes.
  const target = await targetOf(file).catch(() => null);
  if (target === null) return [];
  const signature = `${target}${SIGNATURE_SUFFIX}`;
  return (await kindOf(signature)) === 'file' ? [signature] : [];
}

/**
 * Writes a bundle, and the signature next to it. Whenever it is killed, there is no signature next to a bundle that it is
 * not of.
 */
export async function writeSigned(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  { name, compress }: { name: string; compress: TarPacking },
  key: SecretKey,
): Promise<{ signature: WrittenSignature; renewed: string[] }> {
  const hash = createHash('blake2b512');
  const signature = `${file}${SIGNATURE_SUFFIX}`;
  await checkTarget(signature);
  const renewed = await signaturesBehind(file);
  const bundle = await prepareFile(file, hashing(chunks, hash), unfinishedFiles);
  const prepared = [bundle];
  try {
    const text = signArchive(key, hash.digest(), name, compress);
    for (const path of [signature, ...renewed])
      prepared.push(await prepareFile(path, [text], unfinishedFiles));
    for (const each of prepared.slice(1)) await each.clear();
    for (const each of prepared) await each.commit();
  } catch (error) {
    for (const each of prepared) await each.discard();
    throw error;
  }
  return { signature: { file: signature, keyId: keyIdText(key.id) }, renewed };
}

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
 * Writes a bundle without a signature. One next to it, of other bytes that were there before, goes first.
 *
 * @returns what is to be said of that
 */
export async function writeUnsigned(file: string, chunks: AsyncIterable<Uint8Array>): Promise<Diagnostic[]> {
  const own = `${file}${SIGNATURE_SUFFIX}`;
  const signatures = [...((await kindOf(own)) === null ? [] : [own]), ...(await signaturesBehind(file))];
  const before = signatures.length === 0 ? null : await digestOf(file);
  const hash = createHash('sha256');
  const bundle = await prepareFile(file, hashing(chunks, hash), unfinishedFiles);
  const stale = hash.digest('hex') === before ? [] : signatures;
  for (const signature of stale) {
    try {
      await rm(signature);
    } catch (error) {
      await bundle.discard();
      throw fileFault('output/unwritable', `cannot write ${file}: cannot remove its old ${signature}`, error);
    }
  }
  await bundle.commit();
  return stale.map((signature) => ({
    code: 'signature/stale',
    severity: 'info',
    message: `${signature} was of another build, and is removed: what is built now is not signed`,
    fix: 'give --secret-key to sign it',
  }));
}
