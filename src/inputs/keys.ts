import { open } from 'node:fs/promises';
import { reworded } from '../base/diagnostic.ts';
import { MINISIGN_LIMIT } from '../release/minisign/lines.ts';
import type { TrustedKey } from '../release/judge.ts';
import { parsePublicKey } from '../release/minisign/public-key.ts';
import { readSecretKey, type SecretKey } from '../release/minisign/secret-key.ts';
import { fileFault } from './fault.ts';
import { readWhole, seeFile } from './files.ts';

async function inFile<T>(file: string, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw reworded(error, ({ message }) => ({ message: `${file}: ${message}` }));
  }
}

const read = async (file: string): Promise<Uint8Array> =>
  readWhole(await seeFile(file, file), MINISIGN_LIMIT);

/** @throws InputError `key/format`, `key/kind`, `input/…` */
export async function readTrustedKey(file: string): Promise<TrustedKey> {
  const bytes = await read(file);
  return { file, ...(await inFile(file, () => parsePublicKey(bytes))) };
}

/**
 * @param password asked for only if the key has one
 * @throws InputError `key/…`, `input/…`
 */
export async function openSecretKey(
  file: string,
  password: () => Uint8Array | Promise<Uint8Array>,
): Promise<SecretKey> {
  const bytes = await read(file);
  const key = await inFile(file, () => readSecretKey(bytes));
  const given = key.needsPassword ? await password() : new Uint8Array(0);
  return inFile(file, () => key.open(given));
}

/** A password has at most so many bytes. */
const PASSWORD_LIMIT = 4096;

/** The environment's password of a secret key. */
export const PASSWORD_VARIABLE = 'JAILHOUSE_BUNDLE_PASSWORD';

/** The password of a file, or else of the environment; `null`: none is given. @throws InputError `input/unreadable` */
export async function givenPassword(file: string | undefined): Promise<Uint8Array | null> {
  if (file !== undefined) return readPassword(file);
  const value = process.env[PASSWORD_VARIABLE];
  return value === undefined ? null : new TextEncoder().encode(value);
}

/** The first line of a file, which may be a pipe: `<(pass show key)`. @throws InputError `input/unreadable` */
async function readPassword(file: string): Promise<Uint8Array> {
  const buffer = Buffer.alloc(PASSWORD_LIMIT);
  let size = 0;
  try {
    const handle = await open(file);
    try {
      while (size < PASSWORD_LIMIT && !buffer.subarray(0, size).includes('\n')) {
        const { bytesRead } = await handle.read(buffer, size, PASSWORD_LIMIT - size, null);
        if (bytesRead === 0) break;
        size += bytesRead;
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileFault('input/unreadable', `cannot read the password in ${file}`, error);
  }
  return firstLine(buffer.subarray(0, size));
}

function firstLine(bytes: Uint8Array): Uint8Array {
  const [line = ''] = Buffer.from(bytes).toString('latin1').split(/\r?\n/);
  return new Uint8Array(Buffer.from(line, 'latin1'));
}
