import type { Command } from 'commander';
import { InputError } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { givenPassword, openSecretKey, PASSWORD_VARIABLE } from '../inputs/keys.ts';
import type { SecretKey } from '../release/minisign/secret-key.ts';
import { once } from './command.ts';
import { askSecret, canAsk } from './prompt.ts';

export const PASSWORD_OPTION = [
  '--password-file <file>',
  `its first line is the password of the secret key; else ${PASSWORD_VARIABLE} has it, else the terminal is asked`,
] as const;

export const SECRET_KEY_OPTION = '--secret-key <file>';

export interface KeyOptions {
  secretKey?: string;
  passwordFile?: string;
}

export const withKeyOptions = (command: Command, explanation: string): Command =>
  command.option(SECRET_KEY_OPTION, explanation, once).option(...PASSWORD_OPTION, once);

export const noPassword = (what: string): InputError =>
  new InputError('key/no-password', what, {
    fix: `give --password-file FILE, or set ${PASSWORD_VARIABLE}, or run this on a terminal`,
  });

/** @throws InputError `key/…`, `input/…` */
export const openKey = (file: string, passwordFile: string | undefined): Promise<SecretKey> =>
  openSecretKey(file, async () => {
    const given = await givenPassword(passwordFile);
    if (given !== null) return given;
    if (!canAsk()) throw noPassword(`${file}: the secret key has a password, which is not given`);
    return askSecret(`password of ${printable(file)}: `);
  });
