import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeGzip } from '../../../src/formats/compression/gzip.ts';
import { CONTENT, expectContent, expectExactLimit, packed, unpack } from '../../helpers/packed.ts';

const NAME = 'tree.cpio.gz';

/** text.gz with all that a header can have (RFC 1952, section 2.3). */
function withHeader(flags: number, fields: Uint8Array): Buffer {
  const plain = gzipSync(CONTENT['text']!);
  const header = Buffer.concat([plain.subarray(0, 3), Buffer.of(flags), plain.subarray(4, 10), fields]);
  return Buffer.concat([header, plain.subarray(10)]);
}

describe('decodeGzip', () => {
  it('unpacks', () => expectContent(decodeGzip, NAME));
  it('keeps the limit', () => expectExactLimit(decodeGzip, NAME));
  it('refuses what is cut short', async () => {
    const data = gzipSync(CONTENT['random']!.subarray(0, 300));
    for (let length = 0; length < data.length; length++) {
      expect(await unpack(decodeGzip, data.subarray(0, length))).toMatch(/cut short/);
    }
  });

  it('takes one member of several, as Linux does', async () => {
    const first = packed(NAME);
    const both = Buffer.concat([first, gzipSync('more')]);
    expect(await unpack(decodeGzip, both)).toMatchObject({ consumed: first.length });
  });

  it('unpacks nothing into no room', async () => {
    expect(await unpack(decodeGzip, gzipSync(''), 0)).toMatchObject({ consumed: 20 });
    expect(await unpack(decodeGzip, gzipSync('a'), 0)).toMatch(/more than 0 bytes/);
  });

  it.each<[string, number, Uint8Array]>([
    ['an extra field', 4, Buffer.from('\u0003\0abc', 'latin1')],
    ['a name and a comment', 0x18, Buffer.from('name\0comment\0')],
    // the low half of the CRC-32 of the ten bytes before it
    ['a checksum of the header', 2, Buffer.from('a777', 'hex')],
  ])('skips %s', async (_, flags, fields) => {
    const unpacked = await unpack(decodeGzip, withHeader(flags, fields));
    expect(unpacked).toMatchObject({ bytes: CONTENT['text'] });
  });

  it.each<[string, Buffer]>([
    ['another checksum of the header', withHeader(2, Buffer.of(0, 0))],
    ['a reserved flag', withHeader(0x20, Buffer.of())],
    ['a name without end', Buffer.from('1f8b0808000000000003ffffffffffffffffffff', 'hex')],
  ])('refuses %s', async (_, data) => {
    expect(await unpack(decodeGzip, data)).toMatch(/incorrect header check/);
  });
});
