import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { checkPl011Console } from '../../../src/boot/arm64/kernel.ts';
import { inputErrorOf } from '../../../src/base/diagnostic.ts';

const kernel = (...parts: (string | Buffer)[]): Uint8Array =>
  Buffer.concat(['head', ...parts, 'tail'].map((part) => Buffer.from(part as string)));

const withConfig = (text: string): Uint8Array =>
  kernel('ttyAMA\0arm,pl011\0', 'IKCFG_ST', gzipSync(text), 'IKCFG_ED');

const refusal = (bytes: Uint8Array) => {
  try {
    checkPl011Console(bytes);
  } catch (error) {
    return inputErrorOf(error).diagnostic;
  }
  return null;
};

test.each([
  ['its config says so', withConfig('CONFIG_SERIAL_AMBA_PL011=y\nCONFIG_SERIAL_AMBA_PL011_CONSOLE=y\n')],
  ['it knows the name', kernel('earlycon\0arm,pl011\0')],
])('a kernel with a console on a PL011: %s', (_, bytes) => {
  expect(refusal(bytes)).toBeNull();
});

test.each([
  [
    'not set',
    withConfig('CONFIG_64BIT=y\n# CONFIG_SERIAL_AMBA_PL011_CONSOLE is not set\n'),
    'in the config built into',
  ],
  ['not mentioned', withConfig('CONFIG_64BIT=y\nCONFIG_SERIAL_AMBA_PL011=m\n'), 'in the config built into'],
  ['unknown', kernel('ttyS0\0arm,pl011x\0'), 'does not know the name arm,pl011'],
])('one without: %s', (_, bytes, why) => {
  expect(refusal(bytes)).toMatchObject({
    code: 'boot/unsupported',
    requested: 'CONFIG_SERIAL_AMBA_PL011_CONSOLE=y',
    actual: expect.stringContaining(why),
    fix: expect.stringContaining('start it on the target'),
  });
});
