import type { Command } from 'commander';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { diagnosticOf, InputError } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { isThere, writeNew } from '../inputs/atomic-file.ts';
import { givenPassword } from '../inputs/keys.ts';
import { formatPublicKey, keyIdText, type PublicKey } from '../release/minisign/public-key.ts';
import { formatSecretKey, RANDOM_SIZES, secretKeyFrom } from '../release/minisign/secret-key.ts';
import { findingFacts } from '../reports/json.ts';
import { formatOf, once, withFormat, type Finish } from './command.ts';
import { EXIT, UsageError, type ExitCode, type Format } from './exit.ts';
import { printNote, printReport } from './output.ts';
import { askSecret, canAsk } from './prompt.ts';
import { noPassword, openKey, PASSWORD_OPTION } from './secret-key.ts';

interface KeygenOptions {
  /** `false`: with `--no-password`. */
  password: boolean;
  passwordFile?: string;
  from?: string;
  format: Format;
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

/** What was written. */
interface Pair {
  /** The key's own; `null`: only its public half was written. */
  secretKey: string | null;
  publicKey: string;
  keyId: string;
}

async function write(name: string, options: KeygenOptions): Promise<Pair> {
  const { password: isProtected, passwordFile, from } = options;
  const [secretFile, publicFile] = [`${name}.key`, `${name}.pub`];
  if (await isThere(publicFile)) throw exists(publicFile);
  if (from !== undefined) {
    const key = await openKey(from, passwordFile);
    await writePublic(publicFile, key);
    return { secretKey: null, publicKey: publicFile, keyId: keyIdText(key.id) };
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
  return { secretKey: secretFile, publicKey: publicFile, keyId: keyIdText(key.id) };
}

function pairNote({ secretKey, publicKey, keyId }: Pair): string {
  const file = printable(publicKey);
  if (secretKey === null) return `${file} is written: the public key ${keyId}`;
  return (
    `${printable(secretKey)} is the secret key: keep it to yourself, and a copy of it in a safe place\n` +
    `${file} is the public key ${keyId}, for all who verify`
  );
}

/** `keygen`: a pair of keys as minisign has them, or the public key of one that is there. */
export async function keygen(name: string, options: KeygenOptions): Promise<ExitCode> {
  if (name === '' || name.endsWith('/'))
    throw new UsageError('a pair of keys needs a name', 'as in: keygen release');
  if (options.format === 'text') {
    await printNote(pairNote(await write(name, options)));
    return EXIT.fine;
  }
  try {
    const pair = await write(name, options);
    await printReport('keygen', { ok: true, findings: [], subjects: [{ file: name, ok: true, pair }] });
    return EXIT.fine;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const findings = [findingFacts(diagnosticOf(error), name)];
    await printReport('keygen', { ok: false, findings, subjects: [{ file: name, ok: false, pair: null }] });
    return EXIT.findings;
  }
}

export function define(command: Command, finish: Finish): void {
  withFormat(command)
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
      finish(await keygen(name, { ...options, format: formatOf(options) }));
    });
}
