import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, test } from 'vitest';
import { examineInitrd } from '../../../src/formats/initrd/examine.ts';
import type { InitrdEvidence } from '../../../src/formats/initrd/types.ts';
import { examine, MICROCODE, MODULES, ROOT, zeros } from '../../helpers/initrds.ts';
import { mutate, mutations } from '../../helpers/mutations.ts';
import { newc } from '../../helpers/newc.ts';
import { packed } from '../../helpers/packed.ts';
import { storeLzo } from '../../helpers/store-lzo.ts';
import { RUNS } from '../../helpers/runs.ts';

const codesOf = ({ problems }: InitrdEvidence): string[] => problems.map(({ code }) => code);

describe('what is wrong', () => {
  const lz4 = packed('tree.cpio.9.lz4');
  const gz = gzipSync(ROOT);
  const changed = (file: Uint8Array, at: number): Buffer => {
    const copy = Buffer.from(file);
    copy[at]! ^= 1;
    return copy;
  };
  it.each<[string, readonly Uint8Array[], string, RegExp]>([
    [
      'damaged gzip',
      [changed(gz, gz.length - 6)],
      'initrd/damaged',
      /offset 0 is damaged .*incorrect data check/,
    ],
    ['gzip cut short', [MICROCODE, gz.subarray(0, -9)], 'initrd/damaged', /unexpected end of file/],
    [
      'a bare archive cut short',
      [ROOT.subarray(0, -100)],
      'initrd/damaged',
      /offset 0 is a cpio archive that is cut/,
    ],
    ['a bare archive with another header', [changed(ROOT, 118)], 'initrd/damaged', /has no entry at offset/],
    [
      'a packed archive cut short',
      [gzipSync(ROOT.subarray(0, -100))],
      'initrd/damaged',
      /ends early, at \d+/,
    ],
    [
      'a packed archive without trailer',
      [gzipSync(newc([{ name: 'init' }], { trailer: false }))],
      'initrd/no-trailer',
      /offset 0/,
    ],
    [
      'a bare archive without trailer',
      [newc([{ name: 'init' }], { trailer: false })],
      'initrd/no-trailer',
      /offset 0/,
    ],
    [
      'a bare archive at an odd place',
      [gzipSync(ROOT), zeros(4 - (gz.length % 4) + 1), MODULES],
      'initrd/alignment',
      /multiple of 4/,
    ],
    [
      'gzip at an odd place behind a bare archive',
      [MICROCODE, zeros(2), gz],
      'initrd/alignment',
      /multiple of 4/,
    ],
    ['something behind lz4', [lz4, zeros(3), gz], 'initrd/behind-lz4', /takes it for more/],
    [
      'something behind the last archive',
      [ROOT, Buffer.from('signature')],
      'initrd/junk',
      /up to offset \d+: what follows is in an unknown/,
    ],
    [
      'something behind an archive, packed',
      [gzipSync(Buffer.concat([ROOT, gz]))],
      'initrd/junk',
      /of the gzip data at 0/,
    ],
    [
      'a packed file system',
      [gzipSync(Buffer.concat([Buffer.from('hsqs'), zeros(4096)]))],
      'initrd/no-cpio',
      /has a squashfs file system in its gzip data/,
    ],
    ['nothing, packed', [gzipSync('')], 'initrd/no-cpio', /has nothing in its gzip data/],
    [
      'a tar archive, packed',
      [gzipSync(Buffer.concat([Buffer.alloc(257, 'a'), Buffer.from('ustar')]))],
      'initrd/no-cpio',
      /has a tar archive in/,
    ],
    ['zeros', [zeros(1000)], 'initrd/format', /in an unknown format/],
  ])('%s', async (_, parts, code, message) => {
    const found = await examine(...parts);
    expect(codesOf(found)).toEqual([code]);
    expect(found.problems[0]).toMatchObject({
      path: ['initrd'],
      message: expect.stringMatching(message) as string,
    });
  });

  it.each([
    ['text-none.xz', []],
    ['text-crc32.xz', []],
    ['text-crc64.xz', ['has the check crc64']],
    ['text-sha256.xz', ['has the check sha256']],
  ])('the check of %s, which Linux must know', async (name, checks) => {
    const { problems, parts } = await examine(MICROCODE, packed(name));
    const found = problems.filter(({ code }) => code === 'initrd/xz-check');
    expect(found.map(({ message }) => /has the check \w+/.exec(message)?.[0])).toEqual(checks);
    expect(parts[1]).toMatchObject({ compression: 'xz', unpackedSize: expect.any(Number) as number });
  });

  it('does not know of /init in what it could not read', async () => {
    expect(await examine(changed(gz, gz.length - 6))).toMatchObject({ hasInit: null, complete: false });
    expect(await examine(gzipSync(zeros(100)))).toMatchObject({ hasInit: null, complete: true });
    expect(await examine(ROOT, changed(gz, 20))).toMatchObject({ hasInit: true, complete: false });
  });

  it('takes zeros behind lz4 for its end, and more lz4 for a part', async () => {
    expect(codesOf(await examine(lz4, zeros(4 + (-lz4.length & 3)), gz))).toEqual([]);
    expect((await examine(lz4, lz4)).parts).toHaveLength(2);
  });

  const at = (offset: number, magic: string | number[]): Buffer =>
    Buffer.concat([Buffer.alloc(offset, 1), Buffer.from(magic as string, 'latin1'), Buffer.alloc(64, 1)]);
  it.each<[string, Buffer, string, RegExp]>([
    ['ELF', at(0, '\x7fELF'), 'initrd/format', /is an ELF file/],
    ['bzImage', at(0x202, 'HdrS'), 'initrd/format', /is a bzImage/],
    ['arm64 Image', at(0x38, 'ARM\x64'), 'initrd/format', /is an Image/],
    ['uImage', at(0, [0x27, 5, 0x19, 0x56]), 'initrd/format', /is a uImage/],
    ['device tree', at(0, [0xd0, 0x0d, 0xfe, 0xed]), 'initrd/format', /device tree/],
    ['cell config', at(0, 'JHCELL'), 'initrd/format', /Jailhouse cell config/],
    ['system config', at(0, 'JHSYST'), 'initrd/format', /Jailhouse system config/],
    ['tar', at(257, 'ustar'), 'initrd/format', /tar archive/],
    ['zip', at(0, 'PK\x03\x04'), 'initrd/format', /zip archive/],
    ['lz4 frame', packed('text.frame.lz4'), 'initrd/format', /lz4's frame format/],
    ['pzstd', at(0, [0x50, 0x2a, 0x4d, 0x18]), 'initrd/format', /pzstd/],
    ['old cpio', at(0, '070707'), 'initrd/format', /old portable format/],
    ['text', Buffer.from('hello'), 'initrd/format', /in an unknown format/],
    ['ext4', Buffer.concat([zeros(0x400), at(0x38, [0x53, 0xef])]), 'initrd/no-cpio', /ext2, ext3 or ext4/],
    ['romfs', at(0, '-rom1fs-'), 'initrd/no-cpio', /romfs/],
  ])('foreign: %s', async (_, file, code, message) => {
    const found = await examine(file);
    expect(found.parts).toEqual([{ offset: 0, compression: 'unknown', unpackedSize: null }]);
    expect(found.problems).toEqual([
      expect.objectContaining({ code, message: expect.stringMatching(message) as string, path: ['initrd'] }),
    ]);
    expect(found.hasInit).toBeNull();
  });

  it('says nothing of an empty file', async () => {
    expect(await examine()).toMatchObject({ parts: [], problems: [], complete: true });
  });
});

test('mutated initrds are told in bounded time, and never throw', () => {
  const seeds = [
    Buffer.concat([MODULES, zeros(64), gzipSync(ROOT)]),
    Buffer.concat([storeLzo(MODULES), zeros(16 - (storeLzo(MODULES).length % 4)), ROOT]),
    packed('tree.cpio.9.bz2').subarray(0, 400),
    packed('tree.cpio.piped.zst'),
  ];
  return fc.assert(
    fc.asyncProperty(fc.constantFrom(...seeds), mutations, fc.boolean(), async (seed, changes, isHead) => {
      const file = mutate(seed, changes);
      const size = file.length + (isHead ? 1000 : 0);
      const found = await examineInitrd(file, size);
      expect(found.size).toBe(size);
      let last = -1;
      for (const { offset, unpackedSize } of found.parts) {
        expect(offset).toBeGreaterThan(last);
        expect(unpackedSize ?? 0).toBeLessThanOrEqual(1 << 30);
        last = offset;
      }
      expect(last).toBeLessThan(Math.max(1, file.length));
      if (!found.complete && !isHead) expect(found.problems.length).toBeGreaterThan(0);
    }),
    { numRuns: RUNS },
  );
});
