import { describe, expect, it } from 'vitest';
import { describeRange } from '../../../src/base/ranges.ts';
import { parseMemoryWords } from '../../../src/formats/root/memory-words.ts';

const NOTHING = { limit: null, reserved: [], added: [], isExact: false, vmalloc: null, unreadable: [] };
const reservedBy = (cmdline: string): string[] => parseMemoryWords(cmdline).reserved.map(describeRange);

describe('the words about memory of a command line', () => {
  it('may be none', () => {
    expect(parseMemoryWords('root=/dev/sda1 quiet memtest=4 mem=nopentium')).toEqual(NOTHING);
  });

  it.each([
    ['mem=768M', { size: 768n << 20n, start: null }],
    ['mem=0x30000000', { size: 0x30000000n, start: null }],
    ['mem=030000000000', { size: 0o30000000000n, start: null }],
    ['mem=1g mem=512m', { size: 512n << 20n, start: null }],
    ['mem=512M@0x60000000', { size: 512n << 20n, start: 0x60000000n }],
    ['memmap=1G', { size: 1n << 30n, start: null }],
  ])('limit it: %s', (cmdline, limit) => {
    expect(parseMemoryWords(cmdline)).toEqual({ ...NOTHING, limit });
  });

  it.each([
    String.raw`memmap=82M$0x3a000000`,
    String.raw`memmap=82M\$0x3a000000`,
    String.raw`memmap=82M\\\$0x3a000000`,
    String.raw`"memmap=82M\\$0x3a000000"`,
    'memmap=82M#0x3a000000',
    'memmap=82M!0x3a000000',
  ])('reserve it, as /proc/cmdline and as GRUB spell it: %s', (cmdline) => {
    expect(reservedBy(cmdline)).toEqual(['0x3a000000..0x3f200000']);
  });

  it('may be several, in one word and in many', () => {
    const words = parseMemoryWords(
      'memmap=exactmap,640K@0,1G@1M memmap=1M$2G,4K$0x90000000 mem=3G vmalloc=512M memmap=4G%0x100-1+2',
    );
    expect(words.reserved.map(describeRange)).toEqual(['0x80000000..0x80100000', '0x90000000..0x90001000']);
    expect(words.added.map(describeRange)).toEqual(['0x0..0xa0000', '0x100000..0x40100000']);
    expect(words).toMatchObject({
      isExact: true,
      limit: { size: 3n << 30n, start: null },
      vmalloc: 512n << 20n,
      unreadable: [],
    });
  });

  // GRUB puts nothing in place of $0.
  it.each(['memmap=82Mx3a000000', 'memmap=82M$', 'memmap=$0x3a000000', 'mem=lots', 'mem=1G$2G'])(
    'are kept where Linux reads something else: %s',
    (cmdline) => {
      expect(parseMemoryWords(cmdline)).toEqual({ ...NOTHING, unreadable: [cmdline] });
    },
  );
});
