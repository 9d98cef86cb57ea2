import { createPrivateKey } from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';
import { InputError } from '../../base/diagnostic.ts';
import { bytes, struct, u64le } from '../../base/struct.ts';
import { ED25519_SIZES, publicOf } from './ed25519.ts';
import { asLine, base64In, commentIn, fileOf, linesOf, notWanted, toBase64, UNTRUSTED } from './lines.ts';
import type { Wanted } from './lines.ts';
import { derivedId, ED25519, hasBytes, isPem, KEY_ID_SIZE } from './public-key.ts';
import type { PublicKey } from './public-key.ts';
import { SENSITIVE, stretched, type Cost } from './scrypt.ts';

export interface SecretKey extends PublicKey {
  /** What is secret. */
  seed: Uint8Array;
}

const { seed: SEED, publicKey: PUBLIC } = ED25519_SIZES;
const SALT_SIZE = 32;

/** What a password hides: XOR with what is made of it. */
const hidden = struct({ id: bytes(KEY_ID_SIZE), seed: bytes(SEED), key: bytes(PUBLIC), checksum: bytes(32) });

const packed = struct({
  algorithm: bytes(2),
  kdf: bytes(2),
  checksum: bytes(2),
  salt: bytes(SALT_SIZE),
  operations: u64le,
  memory: u64le,
  hidden: bytes(hidden.size),
});

const SCRYPT = Buffer.from('Sc');
const NO_KDF = Buffer.alloc(2);
const BLAKE2B = Buffer.from('B2');

const WANTED: Wanted = {
  code: 'key/format',
  what: 'a secret key',
  fix: 'give a secret key of minisign (minisign -G, or jailhouse-bundle keygen), or a PKCS#8 PEM for Ed25519',
};

const isPublic = (): InputError =>
  new InputError('key/kind', 'this is a public key, where a secret one is needed', {
    fix: 'give the secret key that belongs to it',
  });

const damaged = (): InputError =>
  new InputError('key/damaged', 'the secret key is damaged: its two halves do not belong together', {
    fix: 'take the key from your backup',
  });

const wrongPassword = (): InputError =>
  new InputError('key/password', 'the password is not that of the secret key', {
    fix: 'check the password; a password file counts up to the end of its first line',
  });

/** A secret key that was read; what is in it may still be hidden. */
export interface ReadSecretKey {
  needsPassword: boolean;
  /**
   * @param password ignored if none is needed
   * @throws InputError `key/password`, `key/damaged`, `key/format`
   */
  open(password: Uint8Array): Promise<SecretKey>;
}

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, at) => byte ^ b[at]!);

/** BLAKE2b with 32 bytes of result: node:crypto has the form with 64 alone. */
const checksumOf = (id: Uint8Array, seed: Uint8Array, key: Uint8Array): Uint8Array =>
  blake2b(Buffer.concat([ED25519, id, seed, key]), { dkLen: 32 });

function readPem(file: Uint8Array): ReadSecretKey {
  const text = Buffer.from(file).toString('latin1');
  if (!text.includes('PRIVATE KEY-----')) {
    if (text.includes('PUBLIC KEY-----')) throw isPublic();
    throw notWanted(WANTED, 'there is no private key in the PEM');
  }
  const needsPassword = text.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----') || /^Proc-Type:/m.test(text);
  return {
    needsPassword,
    // oxlint-disable-next-line require-await
    open: async (password) => {
      let jwk;
      try {
        jwk = createPrivateKey({ key: text, passphrase: Buffer.from(password) }).export({ format: 'jwk' });
      } catch {
        if (needsPassword) throw wrongPassword();
        throw notWanted(WANTED, 'what is in the PEM cannot be read');
      }
      if (jwk.crv !== 'Ed25519') throw notWanted(WANTED, 'the key in the PEM is not for Ed25519');
      const seed = new Uint8Array(Buffer.from(jwk.d!, 'base64url'));
      const key = publicOf(seed);
      return { id: derivedId(key), key, seed };
    },
  };
}

/** @throws InputError `key/format`, `key/kind` */
export function readSecretKey(file: Uint8Array): ReadSecretKey {
  if (isPem(file)) return readPem(file);
  const lines = linesOf(file, WANTED);
  commentIn(lines[0], UNTRUSTED, 1, WANTED);
  if (/^RWQ?[A-Za-z0-9+/]{53,54}$/.test(lines[1] ?? '')) throw isPublic();
  const fields = packed.decode(base64In(lines[1], packed.size, 2, WANTED));
  if (lines.length > 2) throw notWanted(WANTED, 'it has more than two lines');
  if (!hasBytes(fields.algorithm, ED25519)) throw notWanted(WANTED, 'its algorithm is not Ed25519');
  if (!hasBytes(fields.checksum, BLAKE2B)) throw notWanted(WANTED, 'its checksum is not BLAKE2b');
  const needsPassword = hasBytes(fields.kdf, SCRYPT);
  if (!needsPassword && !hasBytes(fields.kdf, NO_KDF)) {
    throw notWanted(WANTED, 'its password is not for scrypt');
  }
  return {
    needsPassword,
    open: async (password) => {
      const mask = needsPassword ? await stretched(password, fields.salt, hidden.size, fields) : null;
      const { id, seed, key, checksum } = hidden.decode(mask ? xor(fields.hidden, mask) : fields.hidden);
      // minisign -W leaves the checksum empty.
      if (mask !== null && !hasBytes(checksum, checksumOf(id, seed, key))) throw wrongPassword();
      if (!hasBytes(publicOf(seed), key)) throw damaged();
      return { id, key, seed };
    },
  };
}

/**
 * A secret key as minisign writes it.
 *
 * @param protection `null`: for a key that lies open
 */
export async function formatSecretKey(
  { id, seed, key }: SecretKey,
  protection: { password: Uint8Array; salt: Uint8Array; cost?: Cost } | null,
): Promise<Uint8Array> {
  const head = { algorithm: ED25519, checksum: BLAKE2B };
  if (protection === null) {
    const open = packed.encode({ ...head, kdf: NO_KDF, hidden: hidden.encode({ id, seed, key }) });
    return fileOf(asLine(`${UNTRUSTED}minisign unencrypted secret key`), toBase64(open));
  }
  const { password, salt, cost = SENSITIVE } = protection;
  const mask = await stretched(password, salt, hidden.size, cost);
  const content = hidden.encode({ id, seed, key, checksum: checksumOf(id, seed, key) });
  const closed = packed.encode({ ...head, kdf: SCRYPT, salt, ...cost, hidden: xor(content, mask) });
  return fileOf(asLine(`${UNTRUSTED}minisign encrypted secret key`), toBase64(closed));
}

/** A new key. @param random 40 bytes that nobody can guess */
export function secretKeyFrom(random: Uint8Array): SecretKey {
  const seed = random.slice(0, SEED);
  return { id: random.slice(SEED, SEED + KEY_ID_SIZE), key: publicOf(seed), seed };
}

/** How many random bytes a new key takes, and its salt. */
export const RANDOM_SIZES = { key: SEED + KEY_ID_SIZE, salt: SALT_SIZE } as const;
