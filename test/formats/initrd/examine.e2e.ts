import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { examine } from '../../helpers/initrds.ts';
import { newc } from '../../helpers/newc.ts';

test('of an archive with endless files, the first ones are looked at, and that is reported', async () => {
  const one = newc([{ name: '0000000', mode: 0o100644 }], { trailer: false });
  const many = Buffer.alloc(one.length * 510_000, one);
  for (let index = 0; index < 510_000; index++) {
    many.write(String(index).padStart(7, '0'), index * one.length + 110, 'latin1');
  }
  const { files, hasInit, problems } = await examine(gzipSync(many, { level: 1 }));
  expect({ files, hasInit }).toEqual({ files: null, hasInit: null });
  expect(problems.map(({ code }) => code)).toEqual(['initrd/too-large']);
});
