import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes } from '../../../src/base/bytes.ts';
import { readContents } from '../../../src/formats/kernel/contents.ts';
import { BANNER } from '../../helpers/arm-kernels.ts';
import { BANNER_TEXT } from '../../helpers/elf.ts';
import { RUNS } from '../../helpers/runs.ts';
import { utf8 } from '../../helpers/bytes.ts';

// As Linux 6.1 has them, with the level in front of what printk gets.
const GUEST = 'Jailhouse: No valid setup data found';
const RESTART = '\x015Jailhouse: Restart not supported, halting\n';
const UART = '\x016Enabling UART%u (port 0x%lx)\n';

const kernelWith = (...texts: string[]): Uint8Array =>
  concatBytes([BANNER_TEXT, ...texts.map((text) => utf8(`${text}\0`))]);

test.each([
  ['5.5 and newer', [RESTART, UART, GUEST], { jailhouseGuest: true, uartFlags: true }],
  ['4.16 to 5.4, or no 8250 driver', [RESTART, GUEST], { jailhouseGuest: true, uartFlags: false }],
  ['without any messages', [GUEST], { jailhouseGuest: true, uartFlags: null }],
  // What Debian's kernel has in its type information, and any kernel may have in its config.
  [
    'no guest support',
    ['X86_HYPER_JAILHOUSE', 'JAILHOUSE_GUEST'],
    { jailhouseGuest: false, uartFlags: false },
  ],
  ['another driver of that message', [UART], { jailhouseGuest: false, uartFlags: false }],
])('%s', (_, texts, support) => {
  const file = kernelWith(...texts);
  expect(readContents(file)).toEqual({ size: file.length, banner: BANNER, ...support });
});

test('a kernel without a banner', () => {
  expect(readContents(utf8('Linux version %s\n')).banner).toBeNull();
});

test('the messages count wherever they stand, in a view of a larger buffer, too', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (before, after) => {
      const inside = concatBytes([before, utf8(`${GUEST}\0${UART}\0`), after]);
      const outside = concatBytes([utf8(RESTART), inside, utf8(RESTART)]);
      const start = utf8(RESTART).length;
      const contents = readContents(outside.subarray(start, start + inside.length));
      expect(contents).toMatchObject({ jailhouseGuest: true, uartFlags: true, size: inside.length });
      const none = readContents(outside.subarray(start, start + before.length));
      expect(none).toMatchObject({ jailhouseGuest: false, uartFlags: false });
    }),
    { numRuns: RUNS },
  );
});
