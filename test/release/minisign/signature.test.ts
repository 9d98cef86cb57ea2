import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/base/diagnostic.ts';
import { parsePublicKey } from '../../../src/release/minisign/public-key.ts';
import { readSecretKey } from '../../../src/release/minisign/secret-key.ts';
import {
  blake2b512,
  judgeSignature,
  parseSignature,
  signDigest,
} from '../../../src/release/minisign/signature.ts';
import { utf8 } from '../../helpers/bytes.ts';
import { outcomeOf, refusalOf } from '../../helpers/input-error.ts';
import { BY_MINISIGN, keyOf } from '../../helpers/minisign.ts';
import { oneIn } from '../../helpers/runs.ts';

const { content, signature, legacy } = BY_MINISIGN;
const publicKey = parsePublicKey(utf8(BY_MINISIGN.public));
const judge = (
  file: Uint8Array,
  key = publicKey,
  signed: Parameters<typeof judgeSignature>[2] = { content },
) => judgeSignature(parseSignature(file), key, signed);

describe('signatures of minisign', () => {
  test('are good for their file and key alone', () => {
    expect(judge(utf8(signature))).toBe('good');
    expect(judge(utf8(signature), publicKey, { digest: blake2b512(content) })).toBe('good');
    expect(judge(utf8(signature), publicKey, { content: utf8('Hello\n') })).toBe('content');
    expect(judge(utf8(signature), keyOf(1))).toBe('key');
    expect(judge(utf8(signature), { ...keyOf(1), id: publicKey.id })).toBe('content');
    expect(judge(utf8(signature.replace('file:f', 'file:g')))).toBe('comment');
    expect(parseSignature(utf8(signature)).comment).toBe('timestamp:1796018650\tfile:f\thashed');
  });

  test('of the file itself need the file', () => {
    expect(judge(utf8(legacy))).toBe('good');
    expect(judge(utf8(legacy), publicKey, { content: utf8('Hello\n') })).toBe('content');
    expect(refusalOf(() => judge(utf8(legacy), publicKey, { digest: blake2b512(content) }))).toMatch(
      /^signature\/format: the signature is of the file itself/,
    );
  });

  test('are made as minisign makes them', async () => {
    const key = await readSecretKey(utf8(BY_MINISIGN.secret)).open(new Uint8Array(0));
    const ours = signDigest(key, blake2b512(content), 'timestamp:1796018650\tfile:f\thashed');
    const [, ...rest] = Buffer.from(ours).toString().split('\n');
    expect(rest).toEqual(signature.split('\n').slice(1));
  });
});

test('the same key, bytes and comment give the same signature; the comment may be any line', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.string({ unit: 'binary' }), (bytes, line) => {
      const comment = line.replaceAll(/[\r\n\0]/g, '');
      const sign = () => signDigest(keyOf(3), blake2b512(bytes), comment);
      const file = sign();
      expect(file).toEqual(sign());
      const parsed = parseSignature(file);
      expect(parsed).toMatchObject({ id: keyOf(3).id, of: 'digest' });
      expect(judge(file, keyOf(3), { content: bytes })).toBe('good');
      expect(parsed.comment).toBe(Buffer.from(comment, 'utf8').toString('utf8'));
    }),
    { numRuns: oneIn(10) },
  );
});

describe('what is no signature', () => {
  const [first, line, comment, global] = signature.split('\n') as [string, string, string, string];
  test.each([
    ['', "line 1 does not begin with 'untrusted comment:'"],
    [first, 'line 2 is not base64'],
    [`${first}\n${line}\n`, "line 3 does not begin with 'trusted comment:'"],
    [`${first}\n${line}\n${comment}\n`, 'line 4 is not base64'],
    [`${first}\n${line.slice(0, 40)}\n${comment}\n${global}\n`, 'line 2 is 30 bytes in base64, not 74'],
    [`${first}\n${line}\n${comment}\n${global.slice(4)}\n`, 'line 4 is 61 bytes in base64, not 64'],
    [`${first}\n${line}\n${comment}\n${global}\n\n`, 'it has more than four lines'],
    [`${first}\nAA${line.slice(2)}\n${comment}\n${global}\n`, 'its algorithm is not Ed25519'],
    ['x'.repeat(20_000), 'it has 20000 bytes, and at most 16384 are expected'],
  ])('%j', (file, why) => {
    expect(refusalOf(() => parseSignature(utf8(file)))).toBe(
      `signature/format: this is not a signature of minisign: ${why}`,
    );
  });

  test('one that was changed anywhere but in the first comment is never good', () => {
    const file = utf8(signature);
    const start = first.length + 1;
    fc.assert(
      fc.property(fc.nat({ max: file.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        if (file[at] === byte) return;
        const outcome = refusalOrJudgement(file.with(at, byte));
        const isFree = at < start || at === file.length - 1;
        if (!isFree) expect(outcome).not.toBe('good');
      }),
      { numRuns: oneIn(1) },
    );
  });

  test('bytes of any kind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (file) => {
        expect(await outcomeOf(() => parseSignature(file))).toBeInstanceOf(InputError);
      }),
    );
  });
});

function refusalOrJudgement(file: Uint8Array): string {
  try {
    return judge(file);
  } catch (error) {
    if (error instanceof InputError) return error.diagnostic.code;
    throw error;
  }
}
