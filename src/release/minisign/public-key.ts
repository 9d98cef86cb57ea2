import { createHash, createPublicKey } from 'node:crypto';
import { InputError } from '../../base/diagnostic.ts';
import { bytes, struct } from '../../base/struct.ts';
import { ED25519_SIZES } from './ed25519.ts';
import { asLine, base64In, commentIn, fileOf, linesOf, notWanted, toBase64, UNTRUSTED } from './lines.ts';
import type { Wanted } from './lines.ts';

export const KEY_ID_SIZE = 8;

export interface PublicKey {
  /** A number that tells keys apart; nothing vouches for it. */
  id: Uint8Array;
  key: Uint8Array;
}

const packed = struct({ algorithm: bytes(2), id: bytes(KEY_ID_SIZE), key: bytes(ED25519_SIZES.publicKey) });

/** Of keys, and of signatures of a file as it is. */
export const ED25519 = Uint8Array.of(0x45, 0x64);

const WANTED: Wanted = {
  code: 'key/format',
  what: 'a public key',
  fix: 'give a public key of minisign (KEY.pub), or a PEM with a public key for Ed25519',
};

export const hasBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** A key's number as minisign prints it, but always with its leading zeros. */
export const keyIdText = (id: Uint8Array): string =>
  Buffer.from(id.toReversed()).toString('hex').toUpperCase();

/** Of a key in PEM, which has no number: the first bytes of the SHA-256 of the 32 bytes of the public key. */
export const derivedId = (key: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(key).digest().subarray(0, KEY_ID_SIZE));

export const isPem = (file: Uint8Array): boolean =>
  Buffer.from(file.subarray(0, 4096)).includes('-----BEGIN ');

const isSecret = (): InputError =>
  new InputError('key/kind', 'this is a secret key, where a public one is needed', {
    fix: 'give the public key (KEY.pub), and keep the secret one to yourself',
  });

function parsePem(file: Uint8Array): PublicKey {
  const text = Buffer.from(file).toString('latin1');
  if (text.includes('PRIVATE KEY-----')) throw isSecret();
  let jwk;
  try {
    jwk = createPublicKey(text).export({ format: 'jwk' });
  } catch {
    throw notWanted(WANTED, 'what is in the PEM cannot be read');
  }
  if (jwk.crv !== 'Ed25519') throw notWanted(WANTED, 'the key in the PEM is not for Ed25519');
  const key = new Uint8Array(Buffer.from(jwk.x!, 'base64url'));
  return { id: derivedId(key), key };
}

/** @throws InputError `key/format`, `key/kind` */
export function parsePublicKey(file: Uint8Array): PublicKey {
  if (isPem(file)) return parsePem(file);
  const lines = linesOf(file, WANTED);
  if (/ secret key/.test(lines[0] ?? '') && (lines[1] ?? '').length > 100) throw isSecret();
  commentIn(lines[0], UNTRUSTED, 1, WANTED);
  const { algorithm, id, key } = packed.decode(base64In(lines[1], packed.size, 2, WANTED));
  if (!hasBytes(algorithm, ED25519)) throw notWanted(WANTED, 'its algorithm is not Ed25519');
  if (lines.length > 2) throw notWanted(WANTED, 'it has more than two lines');
  return { id, key };
}

/** A public key as minisign writes it. */
export const formatPublicKey = ({ id, key }: PublicKey): Uint8Array =>
  fileOf(
    asLine(`${UNTRUSTED}minisign public key ${keyIdText(id)}`),
    toBase64(packed.encode({ algorithm: ED25519, id, key })),
  );
