import { MTIME_LIMIT } from './header.ts';
import { InputError } from '../base/diagnostic.ts';

/** The time of every file in a bundle where nobody names one: 1980-01-01, which all archive formats can say. */
const FIXED_TIME = 315_532_800;

/**
 * The time for a bundle's files, in seconds since 1970: `SOURCE_DATE_EPOCH` (reproducible-builds.org), or a fixed one.
 *
 * @param value as the environment or an option gives it
 * @param source what gives it, for the message
 * @throws InputError `build/source-date-epoch` unless it is a whole number of seconds up to 2038-01-19
 */
export function parseSourceDateEpoch(
  value: string | number | undefined,
  source = 'SOURCE_DATE_EPOCH',
): number {
  if (value === undefined || value === '') return FIXED_TIME;
  const seconds = typeof value === 'number' || /^[0-9]+$/.test(value) ? Number(value) : NaN;
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= MTIME_LIMIT) return seconds;
  throw new InputError('build/source-date-epoch', `${source} is '${value}'`, {
    requested: `whole seconds since 1970, 0 to ${MTIME_LIMIT}`,
    actual: String(value),
    fix: 'set it to the time of your last commit: `git log -1 --format=%ct`',
  });
}
