import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCmdline, requestedUarts } from '../../../src/formats/kernel/cmdline.ts';
import { serialConsole } from '../../../src/formats/kernel/consoles.ts';
import { RUNS } from '../../helpers/runs.ts';

const words = (text: string) => parseCmdline(text).parameters.map(({ name, value }) => [name, value]);

describe('parseCmdline', () => {
  it.each<[string, (string | null)[][]]>([
    ['', []],
    [' \t\n ', []],
    [
      'quiet  console=ttyS0,115200 ',
      [
        ['quiet', null],
        ['console', 'ttyS0,115200'],
      ],
    ],
    [
      'key="a b" x',
      [
        ['key', 'a b'],
        ['x', null],
      ],
    ],
    [
      '"key=a b" x',
      [
        ['key', 'a b'],
        ['x', null],
      ],
    ],
    [
      '"two words" x',
      [
        ['two words', null],
        ['x', null],
      ],
    ],
    [
      'a="b"c="d e" f',
      [
        ['a', 'b"c="d e'],
        ['f', null],
      ],
    ],
    ['open="a b', [['open', 'a b']]],
    [
      'empty= none="" lone="',
      [
        ['empty', ''],
        ['none', ''],
        ['lone', ''],
      ],
    ],
    ['=a=b', [['=a', 'b']]],
    ['name=größe', [['name', 'größe']]],
    ['a\0b', [['a', null]]],
    // U+00A0 is c2 a0 in UTF-8, U+00E0 is c3 a0: Linux takes a0 for a blank.
    [
      'x=\u00e0=y',
      [
        ['x', '\ufffd'],
        ['=y', null],
      ],
    ],
    ['x="\u00e0=y"', [['x', '\u00e0=y']]],
  ])('splits %j as Linux does', (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  it.each([
    ['a -- b console=ttyS1', 'b console=ttyS1'],
    ['a "--" b', 'b'],
    ['a --', ''],
    ['a --=b', null],
    ['a -- b -- c', 'b -- c'],
  ])('gives init what follows the dashes in %j', (text, init) => {
    expect(parseCmdline(text)).toMatchObject({
      parameters: [{ name: 'a' }, ...(init === null ? [{}] : [])],
      init,
    });
  });

  it('reads back words that are written with quotes where they need them', () => {
    const plain = fc.stringMatching(/^[a-z0-9._,/-]{1,8}$/).filter((name) => name !== '--');
    const value = fc.stringMatching(/^[a-zé0-9 =\t,]{0,8}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(plain, value)), (pairs) => {
        const text = pairs.map(([name, written]) => `${name}="${written}"`).join(' ');
        expect(words(text)).toEqual(pairs);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('serialConsole', () => {
  it.each([
    ['console=ttyS0', 0, null],
    ['console=ttyS0,115200n8 console=ttyS1,9600', 1, '9600'],
    ['console=ttyS1 console=tty0 quiet', 1, null],
    ['console=ttyS', 0, null],
    ['console=2,57600', 2, '57600'],
    ['console=uart8250,io,0x2f8,115200n8', 1, '115200n8'],
    ['console=uart,io,0x3e8', 2, null],
    ['"console=ttyS3"', 3, null],
  ])('finds the UART in %j', (text, line, options) => {
    expect(serialConsole(parseCmdline(text))).toMatchObject({ line, options });
  });

  it.each([
    '',
    'console',
    'console=',
    'console=tty0',
    'console=hvc0',
    'console=jailhouse',
    'console=ttySC0',
    'console=uart,mmio,0x3f8',
    'console=uart,io,0x1000',
    'xconsole=ttyS0',
    '-- console=ttyS0',
  ])('finds none in %j', (text) => {
    expect(serialConsole(parseCmdline(text))).toBeNull();
  });
});

describe('requestedUarts', () => {
  it.each([
    ['8250.nr_uarts=2', 2],
    ['8250_core.nr_uarts=3', 3],
    ['8250.nr-uarts=0', 0],
    ['8250.nr_uarts=0x10', 16],
    ['8250.nr_uarts=010', 8],
    ['8250.nr_uarts=1 8250_core.nr_uarts=4', 4],
    ['8250.nr_uarts=1 8250.nr_uarts=many', 1],
    ['8250.nr_uarts=-1', null],
    ['8250.nr_uarts=08', null],
    ['8250.nr_uarts=4294967296', null],
    ['8250.nr_uarts=', null],
    ['8250.nr_uarts', null],
    ['nr_uarts=3', null],
    ['-- 8250.nr_uarts=3', null],
  ])('reads %j', (text, count) => {
    expect(requestedUarts(parseCmdline(text))).toBe(count);
  });
});
