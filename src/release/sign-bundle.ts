import { archiveName, SUMS_NAME } from '../bundle/names.ts';
import type { TarPacking } from '../base/choices.ts';
import type { SecretKey } from './minisign/secret-key.ts';
import { blake2b512, signDigest } from './minisign/signature.ts';

// What a signature's trusted comment says is fixed by what is signed: the same key and bytes give the same signature.

/** The signature of a bundle's SHA256SUMS, for the bundle's folder. */
export const signSums = (key: SecretKey, sums: Uint8Array, bundle: string): Uint8Array =>
  signDigest(key, blake2b512(sums), `file:${bundle}/${SUMS_NAME}`);

/** The signature of a bundle's bytes. */
export const signFile = (
  key: SecretKey,
  bytes: Uint8Array,
  bundle: string,
  compress: TarPacking,
): Uint8Array => signArchive(key, blake2b512(bytes), bundle, compress);

/** The signature of a bundle as a file, for beside it. @param digest its BLAKE2b-512 */
export const signArchive = (
  key: SecretKey,
  digest: Uint8Array,
  bundle: string,
  compress: TarPacking,
): Uint8Array => signDigest(key, digest, `file:${archiveName({ contents: { name: bundle }, compress })}`);
