import { generateKeyPairSync } from 'node:crypto';
import { formatSecretKey, secretKeyFrom, type SecretKey } from '../../src/release/minisign/secret-key.ts';
import { utf8 } from './bytes.ts';

/** What minisign 0.11 wrote: `minisign -G -W`, then `-S` and `-S -l` of a file with `hello`. */
export const BY_MINISIGN = {
  content: utf8('hello\n'),
  public: `untrusted comment: minisign public key F7B00E3DF30E3C98
RWSYPA7zPQ6w936O+kK4Yw7qDzeR2DvboQ868WSpV9gEGFNmbkDjS65J
`,
  secret: `untrusted comment: minisign encrypted secret key
RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAmDwO8z0OsPfEeEQuhA2CDS39JBkPLbvbszSZaGRIFpYU4TnqwALFs36O+kK4Yw7qDzeR2DvboQ868WSpV9gEGFNmbkDjS65JAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
`,
  signature: `untrusted comment: signature from minisign secret key
RUSYPA7zPQ6w90DWmwGOvcTfzAPi7UD3RcnE1598lMYp8I+XstWuESN4h1IU7qBOfEe6jFa8rvuqsnrjlRcyn7MdZC43SRYl6A8=
trusted comment: timestamp:1796018650	file:f	hashed
lKMv+NgSDGdzw1QiDOgsFmZS8BvKPtntOgThfmS21/KxfEeK+t70AD+eShnrId0d73KhqKZLJ+ZP2eqUi36VBg==
`,
  legacy: `untrusted comment: signature from minisign secret key
RWSYPA7zPQ6w9wgpawePbXTyrvQ8cs7e9GalvRJPad0jWSG0ZqHPo/8RPyyrSkXfscGLhULJLHdWy28HYqYWHNfpn6jslYdXNAQ=
trusted comment: timestamp:1796018650	file:f
HRmTBwAs6l7YFDjeMpqGmp/qrbzFVR8bcyvfMG1gYxZe9l1iBC1FwCOC6zhgNv4eyqaq8MSm1zTGBx/+HGv9DQ==
`,
};

/** A key that is the same in every run. */
export const keyOf = (number: number): SecretKey => secretKeyFrom(new Uint8Array(40).fill(number));

export const openKeyFile = (key: SecretKey): Promise<Uint8Array> => formatSecretKey(key, null);

/** Its password is cheap to try, for tests. */
export const closedKeyFile = (key: SecretKey, password: string): Promise<Uint8Array> =>
  formatSecretKey(key, {
    password: utf8(password),
    salt: new Uint8Array(32).fill(7),
    cost: { operations: 32_768n, memory: 1n << 20n },
  });

/** A key as openssl makes it. */
export function pemKey(passphrase?: string): { secret: string; public: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const closed = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  return {
    secret: privateKey.export({ format: 'pem', type: 'pkcs8', ...closed }) as string,
    public: publicKey.export({ format: 'pem', type: 'spki' }) as string,
  };
}
