import { describe, expect, test } from 'vitest';
import { encodeConfig } from '../../../../src/formats/cell/yaml/compile.ts';
import { decompileConfig } from '../../../../src/formats/cell/yaml/decompile.ts';
import { parseDescription } from '../../../../src/formats/cell/yaml/parse.ts';
import { cellVectors } from '../../../helpers/vectors.ts';

/** Every blob in a description: padding and bytes that no header names. */
const BLOBS = /^\s*(?:- )?(\w+): .*\b[0-9a-f]{2}\*\d+/gm;

describe.each(cellVectors())('$id', (vector) => {
  const file = new Uint8Array(Buffer.from(vector.hex, 'hex'));

  test.each(['x86', 'arm', 'arm64', undefined] as const)(
    'read as %s, is compiled to its bytes',
    (architecture) => {
      const named = vector.revision >= 14;
      if (named && architecture !== undefined && architecture !== vector.arch) {
        expect(() => decompileConfig(file, architecture)).toThrow(/the config is for/);
        return;
      }
      const { text } = decompileConfig(file, architecture);
      const { config, problems } = parseDescription(text);
      expect(problems).toEqual([]);
      expect(Buffer.from(encodeConfig(config!)).toString('hex')).toBe(vector.hex);
    },
  );

  test('read as what it is, has no bytes in hex', () => {
    const { text } = decompileConfig(file, vector.arch);
    const blobs = [...text.matchAll(BLOBS)].map(([, key]) => key);
    expect(blobs.filter((key) => key !== 'trailing')).toEqual([]);
  });
});
