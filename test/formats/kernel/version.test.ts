import { expect, test } from 'vitest';
import { findBanner } from '../../../src/formats/kernel/version.ts';
import { utf8 } from '../../helpers/bytes.ts';

const FORMAT = 'Linux version %s (%s)\n\0';
const EARLY = 'Linux version 6.1.0-arm64 (user@host) # SMP Debian 6.1.192-2 (2026-11-16)\n\0';
const BANNER = 'Linux version 6.1.0-arm64 (user@host) #1 SMP Debian 6.1.192-2 (2026-11-16)\n\0';

test.each<[string, string, string | null]>([
  ['the banner', `code${BANNER}code`, '6.1.0-arm64 (user@host) #1 SMP Debian 6.1.192-2 (2026-11-16)'],
  ['behind a format string', FORMAT + BANNER, '6.1.0-arm64 (user@host) #1 SMP Debian 6.1.192-2 (2026-11-16)'],
  [
    'behind one without a number',
    EARLY + BANNER,
    '6.1.0-arm64 (user@host) #1 SMP Debian 6.1.192-2 (2026-11-16)',
  ],
  [
    'one without a number, if there is no other',
    `${EARLY}${FORMAT}`,
    '6.1.0-arm64 (user@host) # SMP Debian 6.1.192-2 (2026-11-16)',
  ],
  ['none: a format string', FORMAT, null],
  ['none: no end of the line', 'Linux version 6.1.0 #1', null],
  ['none', '', null],
])('finds %s', (_, kernel, text) => {
  expect(findBanner(utf8(kernel))).toBe(text);
});
