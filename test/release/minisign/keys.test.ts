import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  derivedId,
  formatPublicKey,
  keyIdText,
  parsePublicKey,
} from '../../../src/release/minisign/public-key.ts';
import { scryptParameters, SENSITIVE } from '../../../src/release/minisign/scrypt.ts';
import { readSecretKey, type SecretKey } from '../../../src/release/minisign/secret-key.ts';
import { hexOf, utf8 } from '../../helpers/bytes.ts';
import { outcomeOf, refusalOf } from '../../helpers/input-error.ts';
import { BY_MINISIGN, closedKeyFile, keyOf, openKeyFile, pemKey } from '../../helpers/minisign.ts';
import { InputError } from '../../../src/base/diagnostic.ts';
import { oneIn } from '../../helpers/runs.ts';

const NONE = new Uint8Array(0);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const opened = (file: string | Uint8Array, password = ''): Promise<SecretKey> =>
  readSecretKey(typeof file === 'string' ? utf8(file) : file).open(utf8(password));
const refusalOfOpening = async (file: string | Uint8Array, password = ''): Promise<string> => {
  const outcome = await outcomeOf(() => opened(file, password));
  return outcome instanceof InputError ? `${outcome.diagnostic.code}: ${outcome.message}` : 'none';
};

describe('keys of minisign', () => {
  test('are read', async () => {
    const publicKey = parsePublicKey(utf8(BY_MINISIGN.public));
    expect(keyIdText(publicKey.id)).toBe('F7B00E3DF30E3C98');
    const { seed, ...half } = await opened(BY_MINISIGN.secret);
    expect(half).toEqual(publicKey);
    expect(seed).toHaveLength(32);
    expect(parsePublicKey(utf8(BY_MINISIGN.public.replaceAll('\n', '\r\n').trimEnd()))).toEqual(publicKey);
  });

  test('are written as they were, but for the comment', async () => {
    const key = await opened(BY_MINISIGN.secret);
    expect(text(formatPublicKey(key))).toBe(BY_MINISIGN.public);
    expect(text(await openKeyFile(key)).split('\n')[1]).toBe(BY_MINISIGN.secret.split('\n')[1]);
  });

  test('with a password', async () => {
    const key = keyOf(1);
    const file = await closedKeyFile(key, 'correct horse');
    expect(readSecretKey(file).needsPassword).toBe(true);
    expect(readSecretKey(utf8(BY_MINISIGN.secret)).needsPassword).toBe(false);
    expect(await opened(file, 'correct horse')).toEqual(key);
    expect(text(file)).not.toContain(Buffer.from(key.seed).toString('base64').slice(0, 20));
    expect(await refusalOfOpening(file, 'correct horsf')).toMatch(/^key\/password: /);
    expect(await refusalOfOpening(file)).toMatch(/^key\/password: /);
  });

  test('a number with zeros in front has all of its digits', () => {
    expect(keyIdText(Uint8Array.of(0x34, 0x12, 0, 0, 0, 0, 0, 0))).toBe('0000000000001234');
  });

  test('a key that asks for more memory than minisign does is refused before it gets any', async () => {
    const file = text(await closedKeyFile(keyOf(1), 'x'));
    const [comment, line] = file.split('\n');
    const bytes = Buffer.from(line!, 'base64');
    bytes.writeBigUInt64LE(1n << 40n, 46);
    expect(await refusalOfOpening(`${comment}\n${bytes.toString('base64')}\n`)).toMatch(
      /^key\/format: the secret key asks for more memory/,
    );
  });

  test('whose halves do not belong together are damaged', async () => {
    const { seed, id } = keyOf(1);
    const file = await openKeyFile({ seed, id, key: keyOf(2).key });
    expect(await refusalOfOpening(file)).toMatch(/^key\/damaged: /);
  });
});

test('the parameters of scrypt are those of libsodium', () => {
  expect(scryptParameters(SENSITIVE)).toEqual({ N: 2 ** 20, p: 1 });
  // Half of both, as minisign takes where there is less memory.
  expect(scryptParameters({ operations: 1n << 24n, memory: 1n << 29n })).toEqual({ N: 2 ** 19, p: 1 });
  expect(scryptParameters({ operations: 524_288n, memory: 16_777_216n })).toEqual({ N: 2 ** 14, p: 1 });
  expect(scryptParameters({ operations: 0n, memory: 0n })).toEqual({ N: 2, p: 512 });
});

describe('keys in PEM', () => {
  test('are read, and numbered after the public key', async () => {
    const { secret, public: half } = pemKey();
    const key = await opened(secret);
    expect(parsePublicKey(utf8(half))).toEqual({ id: key.id, key: key.key });
    expect(hexOf(key.id)).toBe(hexOf(derivedId(key.key)));
    expect(readSecretKey(utf8(secret)).needsPassword).toBe(false);
  });

  test('with a password', async () => {
    const { secret, public: half } = pemKey('correct horse');
    expect(readSecretKey(utf8(secret)).needsPassword).toBe(true);
    expect((await opened(secret, 'correct horse')).key).toEqual(parsePublicKey(utf8(half)).key);
    expect(await refusalOfOpening(secret, 'other')).toMatch(/^key\/password: /);
    expect(await refusalOfOpening(secret)).toMatch(/^key\/password: /);
  });

  test('of another kind', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('x25519');
    const secret = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    const half = publicKey.export({ format: 'pem', type: 'spki' }) as string;
    expect(await refusalOfOpening(secret)).toBe(
      'key/format: this is not a secret key: the key in the PEM is not for Ed25519',
    );
    expect(refusalOf(() => parsePublicKey(utf8(half)))).toBe(
      'key/format: this is not a public key: the key in the PEM is not for Ed25519',
    );
    const broken = '-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n';
    expect(await refusalOfOpening(broken)).toMatch(/^key\/format: .* cannot be read/);
    const certificate = '-----BEGIN CERTIFICATE-----\nMC4C\n-----END CERTIFICATE-----\n';
    expect(refusalOf(() => parsePublicKey(utf8(certificate)))).toMatch(/^key\/format: .* cannot be read/);
    expect(refusalOf(() => readSecretKey(utf8(certificate)))).toMatch(/^key\/format: .* no private key/);
  });
});

describe('what is no key', () => {
  const line = BY_MINISIGN.public.split('\n')[1]!;
  test.each([
    ['', "line 1 does not begin with 'untrusted comment:'"],
    ['untrusted comment: x', 'line 2 is not base64'],
    [`untrusted comment: x\n${line.slice(0, -4)}\n`, 'line 2 is 39 bytes in base64, not 42'],
    [`untrusted comment: x\n${line.slice(0, -1)}_\n`, 'line 2 is not base64'],
    [`untrusted comment: x\n${line}\n${line}\n`, 'it has more than two lines'],
    [`untrusted comment: x\nAA${line.slice(2)}\n`, 'its algorithm is not Ed25519'],
    ['x'.repeat(20_000), 'it has 20000 bytes, and at most 16384 are expected'],
  ])('a public key of %j', (file, why) => {
    expect(refusalOf(() => parsePublicKey(utf8(file)))).toBe(`key/format: this is not a public key: ${why}`);
  });

  test('the other half of a pair', async () => {
    const { secret, public: half } = pemKey();
    const closed = await closedKeyFile(keyOf(1), 'x');
    for (const file of [secret, BY_MINISIGN.secret, text(closed)]) {
      expect(refusalOf(() => parsePublicKey(utf8(file)))).toMatch(/^key\/kind: this is a secret key/);
    }
    for (const file of [half, BY_MINISIGN.public]) {
      expect(refusalOf(() => readSecretKey(utf8(file)))).toMatch(/^key\/kind: this is a public key/);
    }
  });

  test('keys that were changed anywhere: refused, or other keys, never anything else', async () => {
    const files = [BY_MINISIGN.public, BY_MINISIGN.secret, pemKey().secret, pemKey('x').secret].map(utf8);
    files.push(await closedKeyFile(keyOf(1), ''));
    const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.constantFrom('byte', 'cut', 'twice'));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), change, async (file, [place, byte, how]) => {
        const at = place % file.length;
        const changed =
          how === 'cut'
            ? file.slice(0, at)
            : how === 'twice'
              ? Buffer.concat([file.subarray(0, at), file])
              : file.with(at, byte);
        await outcomeOf(() => parsePublicKey(changed));
        await outcomeOf(() => readSecretKey(changed).open(NONE));
      }),
      { numRuns: oneIn(4) },
    );
  });

  test('bytes of any kind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (file) => {
        expect(await outcomeOf(() => parsePublicKey(file))).toBeInstanceOf(InputError);
        expect(await outcomeOf(() => readSecretKey(file).open(NONE))).toBeInstanceOf(InputError);
      }),
      { numRuns: oneIn(4) },
    );
  });
});
