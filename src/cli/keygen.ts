import type { Command } from 'commander';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { InputError } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { isThere, writeNew } from '../inputs/atomic-file.ts';
import { givenPassword } from '../inputs/keys.ts';
import { formatPublicKey, keyIdText, type PublicKey } from '../release/minisign/public-key.ts';
import { formatSecretKey, RANDOM_SIZES, secretKeyFrom } from '../release/minisign/secret-key.ts';
import { once, type Finish } from './command.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { printNote } from './output.ts';
import { askSecret, canAsk } from './prompt.ts';
import { noPassword, openKey, PASSWORD_OPTION } from './secret-key.ts';

interface KeygenOptions {
  /** `false`: with `--no-password`. */
  password: boolean;
  passwordFile?: string;
  from?: string;
}

/** Readable by its owner alone. */
const SECRET_MODE = 0o600;
/** Whatever the umask: launch.sh takes no key that others can write to. */
const PUBLIC_MODE = 0o644;

const exists = (file: string): InputError =>
  new InputError('key/exists', `${file} already exists`, {
    fix: 'name another pair, or move it away: a lost secret key cannot be made again',
  });

async function newPassword(passwordFile: string | undefined): Promise<Uint8Array> {
  const given = await givenPassword(passwordFile);
  if (given !== null) return given;
  if (!canAsk()) throw noPassword('a new secret key gets a password, which is not given');
  for (;;) {
    const password = await askSecret('password of the new key: ');
    const again = await askSecret('the same again: ');
    if (Buffer.compare(password, again) === 0) return password;
    await printNote('the two are not the same');
  }
}

async function writePublic(file: string, key: PublicKey): Promise<void> {
  if (!(await writeNew(file, formatPublicKey(key), PUBLIC_MODE))) throw exists(file);
}

/** `keygen`: a pair of keys as minisign has them, or the public key of one that is there. */
export async function keygen(name: string, options: KeygenOptions): Promise<ExitCode> {
  const { password: isProtected, passwordFile, from } = options;
  if (name === '' || name.endsWith('/'))
    throw new UsageError('a pair of keys needs a name', 'as in: keygen release');
  const [secretFile, publicFile] = [`${name}.key`, `${name}.pub`];
  if (await isThere(publicFile)) throw exists(publicFile);
  if (from !== undefined) {
    const key = await openKey(from, passwordFile);
    await writePublic(publicFile, key);
    await printNote(`${printable(publicFile)} is written: the public key ${keyIdText(key.id)}`);
    return EXIT.fine;
  }
  if (await isThere(secretFile)) throw exists(secretFile);
  const password = isProtected ? await newPassword(passwordFile) : null;
  if (password?.length === 0) {
    throw new UsageError('the password is empty', 'give one, or --no-password for a key without');
  }
  const key = secretKeyFrom(randomBytes(RANDOM_SIZES.key));
  const protection = password && { password, salt: randomBytes(RANDOM_SIZES.salt) };
  const file = await formatSecretKey(key, protection);
  if (!(await writeNew(secretFile, file, SECRET_MODE))) throw exists(secretFile);
  try {
    await writePublic(publicFile, key);
  } catch (error) {
    await rm(secretFile, { force: true });
    throw error;
  }
  await printNote(
    `${printable(secretFile)} is the secret key: keep it to yourself, and a copy of it in a safe place\n` +
      `${printable(publicFile)} is the public key ${keyIdText(key.id)}, for all who verify`,
  );
  return EXIT.fine;
}

export function define(command: Command, finish: Finish): void {
  command
    .description(
      'Makes a pair of keys to sign bundles with, in the form of minisign: <name>.key and <name>.pub. Never overwrites a ' +
        'file. A password protects the secret key; to check it takes 1 GiB of memory, as in minisign itself.',
    )
    .argument('<name>', 'path of the pair, without .key and .pub')
    .option(
      '--no-password',
      'the secret key is not protected: for keys that something else protects, as in a CI',
    )
    .option(...PASSWORD_OPTION, once)
    .option('--from <file>', 'make <name>.pub alone, the public key of this secret key', once)
    .action(async (name: string, options) => {
      finish(await keygen(name, options));
    });
}
