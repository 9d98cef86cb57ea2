import { codePoint } from '../../helpers/any-text.ts';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/base/diagnostic.ts';
import {
  describeSymbol,
  isSetTo,
  isTurnedOff,
  numberOf,
  parseKernelConfig,
} from '../../../src/formats/kernel/kconfig.ts';
import { oneIn } from '../../helpers/runs.ts';
import { utf8 } from '../../helpers/bytes.ts';

const parse = (text: string) => parseKernelConfig(utf8(text));
const DEBIAN = readFileSync(new URL('../../fixtures/kernel/debian-6.1-amd64.config', import.meta.url));

describe('parseKernelConfig', () => {
  it('reads what Debian ships', () => {
    const config = parseKernelConfig(DEBIAN);
    expect(config.version).toBe('6.1.192');
    expect(config.problems).toEqual([]);
    expect(config.symbols.get('SERIO')).toEqual({ type: 'tristate', value: 'y' });
    expect(config.symbols.get('DRM_I915')).toEqual({ type: 'tristate', value: 'm' });
    expect(config.symbols.get('JAILHOUSE_GUEST')).toEqual({ type: 'tristate', value: 'n' });
    expect(config.symbols.get('NR_CPUS')).toEqual({ type: 'number', value: 8192n, text: '8192' });
    expect(numberOf(config, 'PHYSICAL_START')).toBe(0x1000000n);
    expect(numberOf(config, 'ILLEGAL_POINTER_VALUE')).toBe(0xdead000000000000n);
    expect(config.symbols.get('DEFAULT_HOSTNAME')).toEqual({ type: 'string', value: '(none)' });
    expect(config.symbols.get('LOCALVERSION')).toEqual({ type: 'string', value: '' });
  });

  it('reads the same from gzip and with DOS line ends', () => {
    const plain = parseKernelConfig(DEBIAN);
    expect(parseKernelConfig(gzipSync(DEBIAN))).toEqual(plain);
    expect(parse(DEBIAN.toString().replaceAll('\n', '\r\n'))).toEqual(plain);
  });

  it('takes a fragment without a header, and knows absent from not set', () => {
    const config = parse('# CONFIG_SERIO is not set\nCONFIG_A=m');
    expect(config.version).toBeNull();
    for (const symbol of ['SERIO', 'PM_TRACE_RTC']) expect(isSetTo(config, symbol, 'n')).toBe(true);
    expect([isTurnedOff(config, 'SERIO'), isTurnedOff(config, 'PM_TRACE_RTC')]).toEqual([true, false]);
    expect(describeSymbol(config, 'SERIO')).toBe('CONFIG_SERIO is not set');
    expect(describeSymbol(config, 'PM_TRACE_RTC')).toBe('CONFIG_PM_TRACE_RTC is absent');
    expect(isSetTo(config, 'A', 'y')).toBe(false);
  });

  it.each([
    ['# Linux/x86_64 4.15.0-rc3 Kernel Configuration', '4.15.0-rc3'],
    ['# Linux kernel version: 2.6.32', '2.6.32'],
    ['# Some other comment', null],
  ])('reads the version from %j', (line, version) => {
    expect(parse(`#\n${line}\nCONFIG_A=y\n`).version).toBe(version);
  });

  it.each([
    [String.raw`"a \"b\" \\c"`, 'a "b" \\c'],
    ['"y"', 'y'],
    ['"4" trailing', '4'],
    ['', ''],
  ])('reads the text %j', (text, value) => {
    expect(parse(`CONFIG_A=${text}\n`).symbols.get('A')).toEqual({ type: 'string', value });
  });

  it('keeps the last of several lines, and says so', () => {
    const config = parse('CONFIG_A=y\nCONFIG_B=1\n# CONFIG_A is not set\n');
    expect(isTurnedOff(config, 'A')).toBe(true);
    expect(config.problems.map(({ code, message }) => [code, message])).toEqual([
      ['kernel/config-duplicate', expect.stringMatching(/last line counts: CONFIG_A \(lines 1, 3\)$/)],
    ]);
  });

  it('says in which line a symbol stands, and a problem of one line', () => {
    const config = parse(
      '# head\n\nCONFIG_A=y\nCONFIG_B=2\n# CONFIG_C is not set\nCONFIG_A=oops\n# CONFIG_A is not set\n',
    );
    expect([...config.lines]).toEqual([
      ['A', 7],
      ['B', 4],
      ['C', 5],
    ]);
    expect(config.problems.map(({ code, fileLine }) => [code, fileLine])).toEqual([
      ['kernel/config-duplicate', 7],
      ['kernel/config-value', 6],
    ]);
    const several = parse('CONFIG_A=1\nCONFIG_B=1\nCONFIG_A=2\nCONFIG_B=2\nCONFIG_C=c\nCONFIG_D=d\n');
    expect(several.problems.map((problem) => 'fileLine' in problem)).toEqual([false, false]);
  });

  it('ignores a value that kconfig would ignore, and says so', () => {
    const config = parse('CONFIG_A=y\nCONFIG_A=yes\nCONFIG_B="open\n');
    expect(isSetTo(config, 'A', 'y')).toBe(true);
    expect(config.symbols.has('B')).toBe(false);
    expect(config.problems.map(({ code, message }) => [code, message])).toEqual([
      ['kernel/config-value', expect.stringContaining('CONFIG_A (line 2), CONFIG_B (line 3)')],
    ]);
  });

  const gzipped = gzipSync('CONFIG_A=y\n');
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /is empty/],
    ['an ELF file', utf8('\x7fELF\x02\x01\0\0'), /is not text: byte 6 is zero/],
    ['comments only', utf8('# Linux/x86 6.1.0 Kernel Configuration\n'), /has no line CONFIG_NAME=value/],
    ['a web page', utf8('<html>\nCONFIG_A=y\n'), /has a line 1 that is neither/],
    ['a merge conflict', utf8('CONFIG_A=y\n<<<<<<< HEAD\n'), /has a line 2 that is neither/],
    ['a shell script', utf8('#!/bin/sh\nexport CONFIG_A=y\n'), /has a line 2 that is neither/],
    ['a cut gzip file', gzipped.subarray(0, -3), /is damaged or cut short \(gzip/],
    [
      'a gzip file with another CRC',
      gzipped.map((byte, at) => byte ^ +(at === gzipped.length - 8)),
      /damaged/,
    ],
    [
      'a gzip file with zeros behind it',
      Buffer.concat([gzipped, Buffer.alloc(3)]),
      /has 3 bytes after the end/,
    ],
    ['a gzip file with 1f behind it', Buffer.concat([gzipped, Buffer.of(0x1f)]), /damaged/],
    ['a gzip bomb', gzipSync(Buffer.alloc(64 << 20, '#')), /unpacks to more than 4194304 bytes/],
    ['too much text', new Uint8Array(5 << 20).fill(0x23), /has more than 4194304 bytes/],
  ])('refuses %s', (_, bytes, why) => {
    let problem: unknown;
    try {
      parseKernelConfig(bytes);
    } catch (error) {
      problem = error;
    }
    expect(problem).toBeInstanceOf(InputError);
    const { diagnostic } = problem as InputError;
    expect(diagnostic.code).toBe('kernel/config-format');
    expect(diagnostic.message).toMatch(why);
    expect(diagnostic.fix).toBeDefined();
  });

  it('reads back what a build writes', () => {
    const name = fc.stringMatching(/^[A-Z0-9_]{1,12}$/);
    const text = fc.string({ unit: codePoint }).filter((value) => !/[\n\0]/.test(value));
    const entry = fc.oneof(
      fc.constantFrom('y', 'm').map((value) => [value, { type: 'tristate', value }] as const),
      fc
        .bigInt(-(2n ** 63n), 2n ** 64n - 1n)
        .map((value) => [`${value}`, { type: 'number', value, text: `${value}` }] as const),
      text.map((value) => [`"${value.replace(/["\\]/g, '\\$&')}"`, { type: 'string', value }] as const),
    );
    fc.assert(
      fc.property(fc.dictionary(name, entry, { minKeys: 1 }), fc.boolean(), (entries, zip) => {
        const lines = Object.entries(entries).map(([symbol, [written]]) => `CONFIG_${symbol}=${written}\n`);
        const bytes = utf8(lines.join(''));
        const config = parseKernelConfig(zip ? gzipSync(bytes) : bytes);
        const expected = Object.entries(entries).map(([symbol, [, value]]) => [symbol, value]);
        expect(Object.fromEntries(config.symbols)).toEqual(Object.fromEntries(expected));
        const symbols = Object.keys(entries);
        expect([...config.lines]).toEqual(symbols.map((symbol, index) => [symbol, index + 1]));
        for (const [symbol, [written]] of Object.entries(entries)) {
          expect(describeSymbol(config, symbol)).toBe(`CONFIG_${symbol}=${written}`);
        }
      }),
      { numRuns: oneIn(5) },
    );
  });
});
