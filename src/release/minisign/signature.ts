import { createHash } from 'node:crypto';
import { InputError } from '../../base/diagnostic.ts';
import { bytes, struct } from '../../base/struct.ts';
import { ED25519_SIZES, isSignedBy, signBytes } from './ed25519.ts';
import {
  asLine,
  asText,
  base64In,
  commentIn,
  fileOf,
  linesOf,
  notWanted,
  toBase64,
  TRUSTED,
} from './lines.ts';
import { UNTRUSTED, type Wanted } from './lines.ts';
import { ED25519, hasBytes, KEY_ID_SIZE, keyIdText, type PublicKey } from './public-key.ts';
import type { SecretKey } from './secret-key.ts';

export interface Signature {
  /** Of the key that signed, as the signature says. */
  id: Uint8Array;
  /** What was signed: the BLAKE2b-512 of the file, or (by old versions of minisign) the file itself. */
  of: 'digest' | 'file';
  signature: Uint8Array;
  /** What the signer says of the file: trusted only if the signature is good. */
  comment: string;
  /** The comment's bytes as they were signed. */
  commentBytes: Uint8Array;
  /** Over signature and comment. */
  commentSignature: Uint8Array;
}

const packed = struct({
  algorithm: bytes(2),
  id: bytes(KEY_ID_SIZE),
  signature: bytes(ED25519_SIZES.signature),
});

/** Of a signature over the BLAKE2b-512 of a file. */
const PREHASHED = Uint8Array.of(0x45, 0x44);

const WANTED: Wanted = {
  code: 'signature/format',
  what: 'a signature of minisign',
  fix: 'sign again: jailhouse-bundle sign BUNDLE --secret-key KEY',
};

export const blake2b512 = (content: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('blake2b512').update(content).digest());

/** @throws InputError `signature/format` */
export function parseSignature(file: Uint8Array): Signature {
  const lines = linesOf(file, WANTED);
  commentIn(lines[0], UNTRUSTED, 1, WANTED);
  const { algorithm, id, signature } = packed.decode(base64In(lines[1], packed.size, 2, WANTED));
  const of = hasBytes(algorithm, PREHASHED) ? 'digest' : hasBytes(algorithm, ED25519) ? 'file' : null;
  if (of === null) throw notWanted(WANTED, 'its algorithm is not Ed25519');
  const comment = commentIn(lines[2], TRUSTED, 3, WANTED);
  const commentSignature = base64In(lines[3], ED25519_SIZES.signature, 4, WANTED);
  if (lines.length > 4) throw notWanted(WANTED, 'it has more than four lines');
  const commentBytes = new Uint8Array(Buffer.from(comment, 'latin1'));
  return { id, of, signature, comment: asText(comment), commentBytes, commentSignature };
}

/** The message of the signature over signature and comment. */
const withComment = (signature: Uint8Array, comment: Uint8Array): Uint8Array =>
  Buffer.concat([signature, comment]);

/**
 * Signs a file: for the same key, digest and comment, the same bytes.
 *
 * @param digest the file's BLAKE2b-512
 * @param comment one line
 */
export function signDigest(key: SecretKey, digest: Uint8Array, comment: string): Uint8Array {
  if (/[\r\n\0]/.test(comment)) throw new Error('a comment of a signature is one line');
  const signature = signBytes(key.seed, digest);
  const commentBytes = Buffer.from(comment, 'utf8');
  return fileOf(
    `${UNTRUSTED}signature from jailhouse-bundle, key ID ${keyIdText(key.id)}`,
    toBase64(packed.encode({ algorithm: PREHASHED, id: key.id, signature })),
    `${TRUSTED}${asLine(comment)}`,
    toBase64(signBytes(key.seed, withComment(signature, commentBytes))),
  );
}

/** What may be known of a signed file; a signature of the file itself takes its bytes. */
export type Signed = { content: Uint8Array } | { digest: Uint8Array };

/**
 * Whether a key made a signature: `key`: no, it says that another one did, and minisign refuses it;
 * `content`, `comment`: no, for what is signed, or for its comment, is another.
 *
 * @throws InputError `signature/format` for one of the file itself, where only its digest is known
 */
export function judgeSignature(
  { id, of, signature, commentBytes, commentSignature }: Signature,
  { id: keyId, key }: PublicKey,
  signed: Signed,
): 'good' | 'key' | 'content' | 'comment' {
  if (!hasBytes(id, keyId)) return 'key';
  const message = of === 'digest' ? digestOf(signed) : 'content' in signed ? signed.content : null;
  if (message === null) {
    throw new InputError(
      'signature/format',
      'the signature is of the file itself, not of its BLAKE2b digest',
      {
        fix: 'sign again without minisign -l: jailhouse-bundle sign BUNDLE --secret-key KEY',
      },
    );
  }
  if (!isSignedBy(key, message, signature)) return 'content';
  return isSignedBy(key, withComment(signature, commentBytes), commentSignature) ? 'good' : 'comment';
}

const digestOf = (signed: Signed): Uint8Array =>
  'digest' in signed ? signed.digest : blake2b512(signed.content);
