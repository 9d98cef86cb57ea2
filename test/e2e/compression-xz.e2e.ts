import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeLzma } from '../../src/formats/compression/lzma.ts';
import { decodeXz, streamXz } from '../../src/formats/compression/xz.ts';
import { sampleFault } from '../helpers/packed-samples.ts';

const MIB = 1024 * 1024;
const LIMIT = 64 * MIB;

const xz = (content: Uint8Array, ...options: string[]): Uint8Array =>
  execFileSync('xz', ['--stdout', ...options], {
    input: content,
    maxBuffer: LIMIT,
    env: { PATH: process.env['PATH'] },
  });

/** Numbers that only their seed decides. */
function noise(length: number): Uint8Array {
  let seed = 1;
  return Uint8Array.from({ length }, () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 24);
}

const program = readFileSync(process.execPath);
/** Code, data and texts of a real program. */
const code = program.subarray(program.length >> 1, (program.length >> 1) + MIB);
const mixed = Buffer.concat([
  code.subarray(0, MIB / 2),
  noise(100_000),
  Buffer.alloc(MIB),
  code.subarray(MIB / 4, MIB),
  noise(70_000),
  code.subarray(0, MIB / 2),
  Buffer.alloc(1000, 'abcdefg'),
]);

const contents: [string, Uint8Array][] = [
  ['a program', code],
  ['all kinds of data', mixed],
  ['noise', noise(100_000)],
];

test('what is repeated from as far back as the dictionary reaches, piece by piece', () => {
  const far = randomBytes(300_000);
  // With this, each copy is nearly all of the dictionary away, and the window has moved on several times.
  const between = randomBytes(MIB - far.length - 1000);
  const content = Buffer.concat(Array.from({ length: 5 }, () => [far, between]).flat());
  const packed = xz(content, '--lzma2=preset=6,dict=1MiB');
  expect(packed.length).toBeLessThan(content.length / 4);
  const pieces: Buffer[] = [];
  // A piece is overwritten by the next.
  for (const piece of streamXz(packed, sampleFault)) pieces.push(Buffer.from(piece));
  expect(pieces.length).toBeGreaterThan(1);
  expect(Buffer.concat(pieces).equals(content)).toBe(true);
  expect(Buffer.from(decodeXz(packed, LIMIT, sampleFault).bytes).equals(content)).toBe(true);
});

const lzma2 = (options: string): string => `--lzma2=${options}`;

describe.each(contents)('%s', (_, content) => {
  test.each<string[]>([
    ['-0'],
    ['-3', '--check=sha256'],
    ['-6', '--check=none'],
    ['-9e', '--check=crc32'],
    ['-T2', '--block-size=300000'],
    ['-T1', '--block-size=99999', '-1'],
    ['--block-list=1000,300000,1,0', '-2'],
    ['--x86', lzma2('dict=32MiB')],
    ['--x86=start=305419896', lzma2('preset=1')],
    ['--arm', lzma2('preset=1')],
    ['--armthumb', lzma2('preset=1')],
    ['--arm64', lzma2('preset=1')],
    ['--arm64=start=4096', '--x86', lzma2('preset=1')],
    [lzma2('lc=4,pb=0,nice=273,mode=fast')],
    [lzma2('lc=0,lp=4,pb=4,dict=4KiB')],
    [lzma2('lc=2,lp=2,pb=1,mf=bt2,dict=6KiB')],
  ])('comes out of xz %s %s %s', (...options) => {
    const packed = xz(content, ...options);
    const { bytes, consumed } = decodeXz(packed, LIMIT, sampleFault);
    expect([Buffer.compare(bytes, content), consumed]).toEqual([0, packed.length]);
  });

  test.each<string[]>([
    ['-0'],
    ['-9'],
    ['--lzma1=lc=4,pb=0'],
    ['--lzma1=lc=0,lp=4,pb=4,dict=4KiB'],
    ['--lzma1=lc=1,lp=3,mode=fast,nice=5'],
  ])('comes out of lzma %s', (...options) => {
    const packed = xz(content, '--format=lzma', ...options);
    const { bytes, consumed } = decodeLzma(packed, LIMIT, sampleFault);
    expect([Buffer.compare(bytes, content), consumed]).toEqual([0, packed.length]);
  });
});
