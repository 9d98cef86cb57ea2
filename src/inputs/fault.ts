import type { FindingCode } from '../base/codes.ts';
import { InputError } from '../base/diagnostic.ts';

const REASONS: Readonly<Record<string, readonly [reason: string, fix: string]>> = {
  ENOENT: ['it does not exist', 'check the path, or build the file first'],
  ENOTDIR: ['a part of its path is not a directory', 'check the path'],
  EACCES: ['permission is denied', 'check the permissions of the file and of its directories'],
  EPERM: ['it is not permitted', 'check the permissions of the file and of its directories'],
  ELOOP: ['its symbolic links form a loop', 'check the links'],
  EMFILE: ['too many files are open', 'raise the limit with `ulimit -n`'],
  ENOSPC: ['the disk is full', 'free some space, or write to another directory'],
  EDQUOT: ['the disk quota is used up', 'free some space, or write to another directory'],
  EBUSY: ['it is in use, or something is mounted there', 'name another one, or one in it'],
  EFBIG: ['it would be larger than the file system or `ulimit -f` allows', 'raise the limit'],
  EROFS: ['the file system is read-only', 'write to another directory'],
  EISDIR: ['it is a directory', 'name a file'],
  ENAMETOOLONG: ['its path is too long', 'shorten the path'],
};

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string';

/**
 * A failed file operation in our words; anything that is no system error is thrown on as it is.
 *
 * @param code of the diagnostic, e.g. `input/unreadable`
 * @param action what failed, e.g. `cannot read rootfs.cpio.gz`
 */
export function fileFault(code: FindingCode, action: string, error: unknown): InputError {
  if (!isSystemError(error)) throw error;
  const [reason, fix] = REASONS[error.code!] ?? [
    `the system says ${error.code}`,
    'check whether the disk is faulty',
  ];
  return new InputError(code, `${action}: ${reason}`, { fix });
}
